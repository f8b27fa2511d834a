use std::future::pending;

use muster_base::limits::MODEL_CONNECT_LIMIT;
use muster_base::{Elapsed, Micros, MockClock};
use tower::{BoxError, Layer, Service, service_fn};

use super::connect_limit::{CONNECT_TIMER, ConnectLimit};

#[tokio::test]
async fn a_connection_that_is_never_made_fails_after_its_limit() {
    let clock = MockClock::new(Micros(0));
    let connector = service_fn(|(): ()| pending::<Result<(), BoxError>>());
    let mut limited = ConnectLimit(clock.clock()).layer(connector);
    let moves = async {
        assert_eq!(clock.armed(CONNECT_TIMER).await, MODEL_CONNECT_LIMIT);
        clock.advance(MODEL_CONNECT_LIMIT);
    };
    let (connected, ()) = tokio::join!(limited.call(()), moves);
    let error = connected.unwrap_err();
    assert_eq!(
        error.downcast_ref::<Elapsed>(),
        Some(&Elapsed {
            timer: CONNECT_TIMER
        })
    );
}

#[tokio::test]
async fn a_connection_in_time_passes_and_disarms_the_limit() {
    let clock = MockClock::new(Micros(0));
    let connector = service_fn(|target: u8| async move { Ok::<_, BoxError>(target) });
    let mut limited = ConnectLimit(clock.clock()).layer(connector);
    assert_eq!(limited.call(7).await.unwrap(), 7);
    assert_eq!(clock.remaining(CONNECT_TIMER), None);
}
