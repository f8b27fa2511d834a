use super::*;

#[test]
fn frame_carries_its_type_beside_its_data() {
    let mut event = StreamEvent::new(StreamEventKind::Status, Uuid::nil());
    event.status = Some(StatusChange {
        status: ChatStatus::Running,
    });
    let frame = Frame::Data {
        data: vec![event],
        cursor: Some("c".to_owned()),
    };
    assert_eq!(
        serde_json::to_value(&frame).unwrap(),
        serde_json::json!({
            "type": "data",
            "data": [{
                "type": "status",
                "chat_id": "00000000-0000-0000-0000-000000000000",
                "status": {"status": "running"},
            }],
            "cursor": "c",
        })
    );
}

#[test]
fn client_survives_an_event_of_a_later_version() {
    let json = r#"{"type":"hologram","chat_id":"00000000-0000-0000-0000-000000000000","x":1}"#;
    let event: StreamEvent = serde_json::from_str(json).unwrap();
    assert_eq!(event.kind, StreamEventKind::Unknown);
}
