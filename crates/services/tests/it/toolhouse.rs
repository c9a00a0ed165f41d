//! Who answers: real upstreams are never quietly replaced by the simulator.

use domain::Kind;
use domain::ids::{Id as _, WorkspaceId};
use domain::secrets::SecretText;
use outbound::chat::Provider;
use services::toolhouse::Upstream;
use toolhouse::{Endpoints, Timeouts};
use url::Url;

use super::support::House;

both!(a_real_key_in_the_environment_ends_simulation, a_real_model_ends_its_simulation);

/// Upstreams of a server whose simulator was chosen.
fn simulated() -> Upstream {
    let mut upstream = Upstream::new(Endpoints::default(), Timeouts::default());
    upstream.simulator = Some(address());
    upstream
}

fn address() -> Url {
    Url::parse("http://127.0.0.1:9/").expect("an address")
}

fn somewhere() -> WorkspaceId {
    WorkspaceId::from_bytes([1; 16])
}

async fn a_real_key_in_the_environment_ends_simulation() {
    let house = House::with(simulated()).await;
    let before = house.services.toolhouse();
    before.note_environment_key().await.expect("nothing to note");
    assert!(before.connection(somewhere()).await.expect("answers").simulated);
    assert!(before.model(somewhere()).await.expect("answers").simulated);

    let mut real = simulated();
    real.key = Some(SecretText::new("th-real"));
    let real = house.later(real).await;
    real.toolhouse().note_environment_key().await.expect("notes the key");
    assert!(!real.toolhouse().connection(somewhere()).await.expect("answers").simulated);

    let without = house.later(simulated()).await;
    let refused = without.toolhouse().connection(somewhere()).await.expect_err("the key is gone");
    assert_eq!(refused.kind, Kind::ToolhouseNotConnected);
    let refused = without.toolhouse().model(somewhere()).await.expect_err("real work was done here");
    assert_eq!(refused.kind, Kind::Conflict);
}

async fn a_real_model_ends_its_simulation() {
    let house = House::with(simulated()).await;
    let mut real = simulated();
    real.model = Some(Provider { base: address(), key: None });
    let real = house.later(real).await;
    real.toolhouse().note_environment_key().await.expect("notes the provider");
    assert!(!real.toolhouse().model(somewhere()).await.expect("answers").simulated);

    let without = house.later(simulated()).await;
    let refused = without.toolhouse().model(somewhere()).await.expect_err("the provider is gone");
    assert_eq!(refused.kind, Kind::Conflict);
    // Toolhouse was never real here.
    assert!(without.toolhouse().connection(somewhere()).await.expect("answers").simulated);
}
