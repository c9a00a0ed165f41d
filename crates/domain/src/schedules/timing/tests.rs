//! Due times around changes of the clocks, as a table and as properties.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

/// The due times after a moment, as UTC.
fn due(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let timing = Timing::cron(cron, zone).expect("a timing");
    let short = |at: Timestamp| at.to_string().trim_end_matches(":00.000Z").to_owned();
    timing.after(at(after)).take(count).map(short).collect()
}

#[test]
fn a_job_at_one_time_of_day_keeps_the_local_time() {
    let days = due("0 9 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3);
    assert_eq!(days, ["2026-03-28T08:00", "2026-03-29T07:00", "2026-03-30T07:00"]);
}

#[test]
fn a_time_of_day_that_is_skipped_runs_right_after_the_gap() {
    // In Berlin 02:00 to 03:00 does not exist on 29 March 2026; 03:00 there is 01:00 UTC.
    let days = due("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3);
    assert_eq!(days, ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]);
}

#[test]
fn a_time_of_day_that_is_repeated_runs_once() {
    // In Berlin 02:00 to 03:00 comes twice on 25 October 2026.
    let days = due("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2);
    assert_eq!(days, ["2026-10-25T00:30", "2026-10-26T01:30"]);
}

#[test]
fn intervals_leave_the_gap_out() {
    let times = due("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:20:00Z", 3);
    assert_eq!(times, ["2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"]);
}

#[test]
fn intervals_run_in_both_passes_of_a_repeated_hour() {
    let times = due("0,30 2 * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 4);
    assert_eq!(times, ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-26T01:00"]);
}

#[test]
fn half_hour_changes_are_understood() {
    // Lord Howe Island moves its clocks by 30 minutes: 02:00 becomes 02:30 on 4 October 2026.
    let days = due("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 2);
    assert_eq!(days, ["2026-10-03T15:30", "2026-10-04T15:15"]);
}

#[test]
fn leap_days_and_last_days_are_found() {
    assert_eq!(due("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 2), ["2028-02-29T00:00", "2032-02-29T00:00"]);
    assert_eq!(due("0 0 L * *", "UTC", "2026-01-30T00:00:00Z", 2), ["2026-01-31T00:00", "2026-02-28T00:00"]);
}

#[test]
fn what_never_fires_has_no_due_time() {
    for never in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
        assert_eq!(due(never, "Europe/Berlin", "2026-01-01T00:00:00Z", 1), Vec::<String>::new(), "{never}");
    }
}

#[test]
fn wrong_expressions_and_zones_name_their_field() {
    for wrong in
        ["", "* * * *", "0 0 * * * *", "61 * * * *", "a b c d e", "* * 0 * *", "@reboot", "*/0 * * * *"]
    {
        let problems = Timing::cron(wrong, "UTC").expect_err(wrong);
        assert_eq!(problems.iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["cron"], "{wrong}");
    }
    let problems = Timing::cron("x", "Mars/Olympus").expect_err("both are wrong");
    assert_eq!(problems.iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["cron", "zone"]);
    let wrong = Timing::cron("0 9 * * *", "berlin").expect_err("no such zone");
    assert!(wrong[0].1.contains("Europe/Berlin"), "{wrong:?}");
}

#[test]
fn local_times_are_read_in_the_zone() {
    let once = Timing::once("2026-07-01T09:00", "Europe/Berlin").expect("reads");
    assert_eq!(once, Timing::Once { at: at("2026-07-01T07:00:00Z"), zone: "Europe/Berlin".to_owned() });
    assert_eq!(once.field(at("2026-07-01T07:00:00Z")), "2026-07-01T09:00");
    let gap = Timing::once("2026-03-29T02:30", "Europe/Berlin").expect_err("does not exist");
    assert_eq!(gap[0].0, "at");
    assert!(gap[0].1.contains("clocks go forward"), "{gap:?}");
    let earlier = Timing::once("2026-10-25T02:30", "Europe/Berlin").expect("the first of two");
    assert_eq!(earlier.after(at("2026-01-01T00:00:00Z")).collect::<Vec<_>>(), [at("2026-10-25T00:30:00Z")]);
}

#[test]
fn words_say_when_and_where() {
    let words = Timing::cron("0 9 * * 1-5", "Europe/Berlin").expect("reads").words();
    assert!(words.contains("9:00") && words.contains("Europe/Berlin"), "{words}");
    assert_eq!(local_time(at("2026-11-23T08:00:00Z"), "Europe/Berlin"), "Mon 23 Nov 2026, 09:00 CET");
}

fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        3 => (min..=max).prop_map(|n| n.to_string()),
        1 => (1..=(max - min)).prop_map(|n| format!("*/{n}")),
        1 => (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (min..=max, min..=max).prop_map(|(a, b)| format!("{a},{b}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn due_times_grow_and_are_whole_minutes(
        (minute, hour, day, month, weekday) in (field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)),
        zone in proptest::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Africa/Cairo", "Pacific/Chatham"]),
        // Within an hour or so of changes of the clocks, and anywhere else.
        start in prop_oneof![
            1_767_225_600_000_i64..1_830_000_000_000,
            1_774_740_000_000_i64..1_774_760_000_000,
            1_792_880_000_000_i64..1_792_900_000_000,
        ],
    ) {
        let timing = Timing::cron(&format!("{minute} {hour} {day} {month} {weekday}"), zone).expect("reads");
        let mut last = Timestamp::from_millis(start);
        for due in timing.after(last).take(12) {
            prop_assert!(due > last, "{due} after {last} in {timing:?}");
            prop_assert_eq!(due.millis() % 60_000, 0);
            // Asking from just before a due time gives that due time again: none is lost by a restart.
            let again = timing.after(Timestamp::from_millis(due.millis() - 1)).next();
            prop_assert_eq!(again, Some(due), "{:?}", timing);
            last = due;
        }
    }

    #[test]
    fn any_text_is_read_without_panic(cron in "[0-9*,/#LW@a-zA-Z? -]{0,30}", zone in "\\PC{0,20}") {
        if let Ok(timing) = Timing::cron(&cron, "Europe/Berlin") {
            let _ = timing.after(Timestamp::from_millis(1_774_740_000_000)).next();
            let _ = timing.words();
        }
        let _ = Timing::cron("* * * * *", &zone);
        let _ = Timing::once(&cron, "UTC");
    }
}
