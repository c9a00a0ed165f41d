//! Whose turn it is: by priority, and within a priority agents take turns. However many executions an
//! agent has waiting, another agent's first one is at most a round away from the next free slot.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::ids::AgentId;

/// The waiting executions of one agent at one priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// 1 goes first.
    pub priority: i32,
    /// Whose.
    pub agent: AgentId,
    /// How many of the agent may run at the same time.
    pub limit: u32,
    /// How many of the agent run now.
    pub running: u32,
    /// When the first of them may begin.
    pub next_at: Timestamp,
}

/// How many to take from a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The lane's priority.
    pub priority: i32,
    /// The lane's agent.
    pub agent: AgentId,
    /// How many.
    pub count: u32,
}

/// Shares free slots out: one to each agent in turn, beginning after the agent that was served last,
/// until nothing is free or no agent has room. Lanes of a lower priority wait for those above.
pub fn share(lanes: &[Lane], slots: u32, last: Option<AgentId>, now: Timestamp) -> Vec<Share> {
    let mut left = slots;
    let mut room: BTreeMap<AgentId, u32> = BTreeMap::new();
    for lane in lanes {
        room.insert(lane.agent, lane.limit.saturating_sub(lane.running));
    }
    let mut ready: Vec<_> = lanes.iter().filter(|lane| lane.next_at <= now).collect();
    ready.sort_by_key(|lane| (lane.priority, last.is_some_and(|last| lane.agent <= last), lane.agent));
    let mut shares = Vec::new();
    for group in ready.chunk_by(|a, b| a.priority == b.priority) {
        let mut counts = vec![0_u32; group.len()];
        let mut open = true;
        while open && left > 0 {
            open = false;
            for (lane, count) in group.iter().zip(&mut counts) {
                let room = room.entry(lane.agent).or_default();
                if left > 0 && *room > 0 {
                    (*room, left, *count, open) = (*room - 1, left - 1, *count + 1, true);
                }
            }
        }
        let taken = group.iter().zip(counts).filter(|(_, count)| *count > 0);
        shares.extend(taken.map(|(lane, count)| Share { priority: lane.priority, agent: lane.agent, count }));
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Id as _;

    fn agent(n: u8) -> AgentId {
        AgentId::from_bytes([n; 16])
    }

    fn lane(priority: i32, n: u8, limit: u32, running: u32) -> Lane {
        Lane { priority, agent: agent(n), limit, running, next_at: Timestamp::from_millis(0) }
    }

    fn counts(lanes: &[Lane], slots: u32, last: Option<u8>) -> Vec<(i32, u8, u32)> {
        let shares = share(lanes, slots, last.map(agent), Timestamp::from_millis(1));
        shares.iter().map(|share| (share.priority, share.agent.bytes()[0], share.count)).collect()
    }

    #[test]
    fn agents_take_turns_from_the_one_after_the_last() {
        let lanes = [lane(2, 1, 128, 0), lane(2, 2, 128, 0), lane(2, 3, 128, 0)];
        assert_eq!(counts(&lanes, 1, None), [(2, 1, 1)]);
        assert_eq!(counts(&lanes, 1, Some(1)), [(2, 2, 1)]);
        assert_eq!(counts(&lanes, 4, Some(2)), [(2, 3, 2), (2, 1, 1), (2, 2, 1)]);
    }

    #[test]
    fn a_higher_priority_goes_first_and_shares_the_agents_limit() {
        let lanes = [lane(1, 1, 2, 0), lane(2, 1, 2, 0), lane(2, 2, 5, 0)];
        assert_eq!(counts(&lanes, 4, None), [(1, 1, 2), (2, 2, 2)]);
    }

    #[test]
    fn a_lane_whose_time_has_not_come_waits() {
        let late = Lane { next_at: Timestamp::from_millis(2), ..lane(1, 1, 9, 0) };
        assert_eq!(counts(&[late, lane(3, 2, 9, 9)], 4, None), []);
    }

    proptest! {
        #[test]
        fn no_limit_is_passed_and_no_slot_wasted(
            lanes in proptest::collection::vec((1_i32..4, 0_u8..6, 0_u32..9), 0..18),
            slots in 0_u32..40,
        ) {
            let mut seen = std::collections::BTreeSet::new();
            let lanes: Vec<_> = lanes
                .into_iter()
                .filter(|(priority, n, _)| seen.insert((*priority, *n)))
                .map(|(priority, n, running)| lane(priority, n, 5, running.min(5)))
                .collect();
            // The number that runs is the agent's, whatever the lane.
            let running: BTreeMap<_, _> = lanes.iter().map(|lane| (lane.agent, lane.running)).collect();
            let lanes: Vec<_> = lanes.iter().map(|lane| Lane { running: running[&lane.agent], ..*lane }).collect();
            let shares = share(&lanes, slots, None, Timestamp::from_millis(1));
            let mut by_agent = running.clone();
            for share in &shares {
                *by_agent.entry(share.agent).or_default() += share.count;
            }
            prop_assert!(by_agent.values().all(|count| *count <= 5));
            let free: u32 = running.values().map(|running| 5 - running).sum();
            prop_assert_eq!(shares.iter().map(|share| share.count).sum::<u32>(), slots.min(free));
        }
    }
}
