//! d-engine's client crate, as it is published, against nodes of dengine. Arguments: the script that runs the nodes, then the API
//! port of each node. Nobody else writes, so revisions are exact.

mod checks;
mod faults;

use bytes::Bytes;
use checks::{eventually, Nodes, Outcome, Report};
use d_engine::protocol::{ReadConsistencyPolicy, WatchEventType, WatchResponse};
use d_engine::{Client, ClientApi, ErrorCode};
use d_engine_proto::client::raft_client_service_client::RaftClientServiceClient;
use d_engine_proto::client::WatchRequest;
use std::time::{Duration, Instant};

const ABSENT: Option<&[u8]> = None;

#[tokio::main]
async fn main() {
    let nodes = Nodes::from_arguments();
    let mut report = Report::default();
    report
        .check(
            "a client finds the cluster from any one member",
            bootstrap(&nodes),
        )
        .await;
    let client = match connect(&nodes).await {
        Ok(client) => client,
        Err(cause) => {
            println!("FAILED no client: {cause}");
            std::process::exit(1);
        }
    };
    report
        .check(
            "members, with addresses that clients reach",
            members(&client, &nodes),
        )
        .await;
    report
        .check(
            "put, then get in three consistencies",
            consistencies(&client),
        )
        .await;
    report
        .check("an empty value is a value", empty_value(&client))
        .await;
    report
        .check("multi-get with missing keys", multi_get(&client))
        .await;
    report
        .check("delete, of an absent key too", delete(&client))
        .await;
    report.check("cas: match", cas_match(&client)).await;
    report.check("cas: mismatch", cas_mismatch(&client)).await;
    report
        .check("cas: expect-absent on an absent key", cas_absent(&client))
        .await;
    report
        .check("cas: expect-absent on a present key", cas_present(&client))
        .await;
    report
        .check(
            "cas: an expected empty value is not absence",
            cas_empty(&client),
        )
        .await;
    report
        .check("ttl: a key expires, not early, with an event", ttl(&client))
        .await;
    report
        .check("ttl: a plain put clears it", ttl_cleared(&client))
        .await;
    report
        .check("scan: order, values, revision", scan(&client))
        .await;
    report
        .check("watch: order, values, revisions", watch(&client))
        .await;
    report
        .check("watch of a prefix", watch_prefix(&client))
        .await;
    report
        .check(
            "watch of a prefix with previous values, on each node",
            previous_values(&nodes, &client),
        )
        .await;
    report
        .check(
            "watch: a prefix without slashes is refused",
            refused_prefix(&client),
        )
        .await;
    report
        .check(
            "watch: progress carries the applied revision",
            progress(&client),
        )
        .await;
    report
        .check("list, then watch, without a gap", list_then_watch(&client))
        .await;
    report
        .check(
            "what is too large is an invalid request",
            too_large(&client),
        )
        .await;
    report.check("gzip both ways", gzip(&nodes)).await;
    report
        .check(
            "watches through a leader crash, kill -9 while writing",
            faults::leader_crash(&client, &nodes),
        )
        .await;
    report
        .check(
            "a killed node serves again",
            faults::back_again(&client, &nodes),
        )
        .await;
    report
        .check(
            "membership watch while a node joins",
            faults::joining(&client, &nodes),
        )
        .await;
    report
        .check(
            "without a quorum, and with one again",
            faults::without_quorum(&client, &nodes),
        )
        .await;
    std::process::exit(report.end());
}

async fn connect(nodes: &Nodes) -> Result<Client, d_engine::ClientApiError> {
    Client::builder((1..=3).map(|node| nodes.url(node)).collect())
        .cluster_ready_timeout(Duration::from_secs(30))
        .build()
        .await
}

async fn bootstrap(nodes: &Nodes) -> Outcome {
    for node in 1..=3 {
        let client = Client::builder(vec![nodes.url(node)])
            .cluster_ready_timeout(Duration::from_secs(30))
            .build()
            .await?;
        client.put(format!("bootstrap/{node}"), "here").await?;
        equal!(
            client.get(format!("bootstrap/{node}")).await?,
            Some(Bytes::from("here"))
        );
    }
    Ok(())
}

async fn members(client: &Client, nodes: &Nodes) -> Outcome {
    let expected: Vec<_> = (1..=3)
        .map(|node| (node, nodes.address(node), 1, 3))
        .collect();
    eventually("each member has said where clients reach it", || async {
        client.refresh(None).await.ok()?;
        let members = client.list_members().await.ok()?;
        let seen: Vec<_> = members
            .into_iter()
            .map(|m| (m.id, m.address, m.role, m.status))
            .collect();
        (seen == expected).then_some(())
    })
    .await?;
    let leader = client.get_leader_id().await?;
    holds!(matches!(leader, Some(1..=3)), "the leader is {leader:?}");
    Ok(())
}

async fn consistencies(client: &Client) -> Outcome {
    for value in ["first", "second"] {
        client.put("read/key", value).await?;
        let expected = Some(Bytes::from(value));
        equal!(client.get("read/key").await?, expected);
        equal!(client.get_linearizable("read/key").await?, expected);
        equal!(client.get_lease("read/key").await?, expected);
        for _ in 0..10 {
            // Of any node, which may be behind.
            eventually("an eventual read sees the put", || async {
                (client.get_eventual("read/key").await.ok()? == expected).then_some(())
            })
            .await?;
        }
    }
    equal!(client.get_linearizable("read/missing").await?, None);
    equal!(client.get_lease("read/missing").await?, None);
    equal!(client.get_eventual("read/missing").await?, None);
    Ok(())
}

async fn empty_value(client: &Client) -> Outcome {
    client.put("empty", "").await?;
    equal!(client.get("empty").await?, Some(Bytes::new()));
    Ok(())
}

async fn multi_get(client: &Client) -> Outcome {
    client.put("multi/a", "1").await?;
    client.put("multi/b", "2").await?;
    let keys = ["multi/b", "multi/missing", "multi/a", "multi/b", ""].map(Bytes::from);
    let expected = [Some("2"), None, Some("1"), Some("2")].map(|value| value.map(Bytes::from));
    equal!(client.get_multi(&keys[..4]).await?, expected);
    for policy in [
        ReadConsistencyPolicy::LinearizableRead,
        ReadConsistencyPolicy::LeaseRead,
    ] {
        equal!(
            ClientApi::get_multi_with_policy(&**client, &keys[..4], Some(policy)).await?,
            expected
        );
    }
    eventually("an eventual read sees the puts", || async {
        let policy = Some(ReadConsistencyPolicy::EventualConsistency);
        let found = ClientApi::get_multi_with_policy(&**client, &keys[..4], policy)
            .await
            .ok()?;
        (found == expected).then_some(())
    })
    .await?;
    let none = client.get_multi(&[Bytes::from("multi/missing")]).await?;
    equal!(none, vec![None]);
    Ok(())
}

async fn delete(client: &Client) -> Outcome {
    client.put("delete", "value").await?;
    client.delete("delete").await?;
    equal!(client.get("delete").await?, None);
    let before = revision(client).await?;
    client.delete("delete").await?;
    equal!(revision(client).await?, before);
    Ok(())
}

async fn cas_match(client: &Client) -> Outcome {
    client.put("cas/match", "old").await?;
    equal!(
        client
            .compare_and_swap("cas/match", Some("old"), "new")
            .await?,
        true
    );
    equal!(client.get("cas/match").await?, Some(Bytes::from("new")));
    Ok(())
}

async fn cas_mismatch(client: &Client) -> Outcome {
    client.put("cas/mismatch", "old").await?;
    let before = revision(client).await?;
    equal!(
        client
            .compare_and_swap("cas/mismatch", Some("other"), "new")
            .await?,
        false
    );
    equal!(
        client
            .compare_and_swap("cas/missing", Some("other"), "new")
            .await?,
        false
    );
    equal!(client.get("cas/mismatch").await?, Some(Bytes::from("old")));
    equal!(client.get("cas/missing").await?, None);
    equal!(revision(client).await?, before);
    Ok(())
}

async fn cas_absent(client: &Client) -> Outcome {
    equal!(
        client.compare_and_swap("cas/absent", ABSENT, "new").await?,
        true
    );
    equal!(client.get("cas/absent").await?, Some(Bytes::from("new")));
    Ok(())
}

async fn cas_present(client: &Client) -> Outcome {
    client.put("cas/present", "old").await?;
    equal!(
        client
            .compare_and_swap("cas/present", ABSENT, "new")
            .await?,
        false
    );
    equal!(client.get("cas/present").await?, Some(Bytes::from("old")));
    Ok(())
}

async fn cas_empty(client: &Client) -> Outcome {
    equal!(
        client
            .compare_and_swap("cas/empty", Some(""), "new")
            .await?,
        false
    );
    client.put("cas/empty", "").await?;
    equal!(
        client.compare_and_swap("cas/empty", ABSENT, "new").await?,
        false
    );
    equal!(
        client
            .compare_and_swap("cas/empty", Some(""), "new")
            .await?,
        true
    );
    equal!(client.get("cas/empty").await?, Some(Bytes::from("new")));
    Ok(())
}

async fn ttl(client: &Client) -> Outcome {
    let mut watch = client.watch("ttl/key").await?;
    let before = revision(client).await?;
    let begin = Instant::now();
    client.put_with_ttl("ttl/key", "short", 1).await?;
    equal!(client.get("ttl/key").await?, Some(Bytes::from("short")));
    while client.get("ttl/key").await?.is_some() {
        holds!(
            begin.elapsed() < Duration::from_secs(10),
            "it lives after ten seconds"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    holds!(
        begin.elapsed() >= Duration::from_secs(1),
        "it was gone after {:?}",
        begin.elapsed()
    );
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Put,
        "ttl/key",
        "short",
        before + 1,
    )?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Delete,
        "ttl/key",
        "",
        before + 2,
    )?;
    equal!(client.get_eventual("ttl/missing").await?, None);
    Ok(())
}

async fn ttl_cleared(client: &Client) -> Outcome {
    client.put_with_ttl("ttl/kept", "short", 1).await?;
    client.put("ttl/kept", "for ever").await?;
    client.put_with_ttl("ttl/later", "short", 2).await?;
    eventually("the later one is gone", || async {
        client.get("ttl/later").await.ok()?.is_none().then_some(())
    })
    .await?;
    equal!(client.get("ttl/kept").await?, Some(Bytes::from("for ever")));
    Ok(())
}

async fn scan(client: &Client) -> Outcome {
    let before = revision(client).await?;
    for (key, value) in [
        ("/scan/b", "2"),
        ("/scan/a", "1"),
        ("/scan/c/d", "3"),
        ("/scanned", "4"),
        ("/scan", "5"),
    ] {
        client.put(key, value).await?;
    }
    let found = client.scan_prefix("/scan/").await?;
    let expected = [("/scan/a", "1"), ("/scan/b", "2"), ("/scan/c/d", "3")];
    equal!(
        found.entries,
        expected.map(|(key, value)| (Bytes::from(key), Bytes::from(value)))
    );
    equal!(found.revision, before + 5);
    equal!(client.scan_prefix("/scan/missing/").await?.entries.len(), 0);
    Ok(())
}

async fn watch(client: &Client) -> Outcome {
    let mut watch = client.watch("watch/key").await?;
    let before = revision(client).await?;
    client.put("watch/key", "1").await?;
    client.put("watch/key/other", "x").await?;
    client.put("watch/key", "2").await?;
    client.compare_and_swap("watch/key", Some("2"), "3").await?;
    client.compare_and_swap("watch/key", Some("2"), "4").await?;
    client.delete("watch/key").await?;
    client.delete("watch/key").await?;
    client.put_with_ttl("watch/key", "5", 1000).await?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Put,
        "watch/key",
        "1",
        before + 1,
    )?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Put,
        "watch/key",
        "2",
        before + 3,
    )?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Put,
        "watch/key",
        "3",
        before + 4,
    )?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Delete,
        "watch/key",
        "",
        before + 5,
    )?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Put,
        "watch/key",
        "5",
        before + 6,
    )?;
    Ok(())
}

async fn watch_prefix(client: &Client) -> Outcome {
    let mut watch = client.watch_prefix("/services/").await?;
    let before = revision(client).await?;
    client.put("/services/pay/1", "up").await?;
    client.put("/services", "no").await?;
    client.put("/servicesx/1", "no").await?;
    client.put("/services/pay/2", "up").await?;
    client.delete("/services/pay/1").await?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Put,
        "/services/pay/1",
        "up",
        before + 1,
    )?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Put,
        "/services/pay/2",
        "up",
        before + 4,
    )?;
    is_event(
        &next(&mut watch).await?,
        WatchEventType::Delete,
        "/services/pay/1",
        "",
        before + 5,
    )?;
    Ok(())
}

/// The crate's watches never ask for previous values, so this goes by the stubs of its own protocol crate.
async fn previous_values(nodes: &Nodes, client: &Client) -> Outcome {
    let mut watches = Vec::new();
    for node in 1..=3 {
        let mut stub = RaftClientServiceClient::connect(nodes.url(node)).await?;
        let request = WatchRequest {
            client_id: 7,
            key: "/previous/".into(),
            prefix: true,
            prev_kv: true,
        };
        watches.push(stub.watch(request).await?.into_inner());
    }
    let before = revision(client).await?;
    client.put("/previous/key", "1").await?;
    client.put("/previous/key", "2").await?;
    client
        .compare_and_swap("/previous/key", Some("2"), "3")
        .await?;
    client.delete("/previous/key").await?;
    client.put("/previous/key", "").await?;
    client.put("/previous/key", "4").await?;
    let put = WatchEventType::Put;
    let expected = [
        (put, "1", ""),
        (put, "2", "1"),
        (put, "3", "2"),
        (WatchEventType::Delete, "", "3"),
        (put, "", ""),
        (put, "4", ""),
    ];
    for watch in &mut watches {
        for (i, (event_type, value, previous)) in expected.iter().enumerate() {
            let event = next(watch).await?;
            is_event(
                &event,
                *event_type,
                "/previous/key",
                value,
                before + 1 + i as u64,
            )?;
            equal!(event.prev_value, Bytes::from(*previous));
        }
    }
    Ok(())
}

async fn refused_prefix(client: &Client) -> Outcome {
    for prefix in ["services/", "/services", ""] {
        match client.watch_prefix(prefix).await {
            Ok(mut watch) => match watch.message().await {
                Err(status) => equal!(status.code(), tonic::Code::InvalidArgument),
                Ok(event) => return Err(format!("'{prefix}' is watched: {event:?}").into()),
            },
            Err(cause) => equal!(cause.code(), ErrorCode::InvalidRequest),
        }
    }
    Ok(())
}

async fn progress(client: &Client) -> Outcome {
    let mut watch = client.watch("progress/idle").await?;
    client.put("progress/other", "1").await?;
    let written = revision(client).await?;
    for _ in 0..30 {
        let event = message(&mut watch).await?;
        equal!(event.event_type(), WatchEventType::Progress);
        holds!(
            event.revision <= written,
            "{} has not been written yet",
            event.revision
        );
        if event.revision == written {
            equal!(event.key.len() + event.value.len(), 0);
            return Ok(());
        }
    }
    Err("thirty times no progress".into())
}

/// d-engine's recipe: watch first, then list, then drop what the list has already.
async fn list_then_watch(client: &Client) -> Outcome {
    let mut watch = client.watch_prefix("/list/").await?;
    for i in 0..20 {
        client.put(format!("/list/{i:02}"), "x").await?;
    }
    let listed = client.scan_prefix("/list/").await?;
    equal!(listed.entries.len(), 20);
    for i in 20..40 {
        client.put(format!("/list/{i:02}"), "x").await?;
    }
    let mut expected = listed.revision - 19;
    for i in 0..40 {
        is_event(
            &next(&mut watch).await?,
            WatchEventType::Put,
            &format!("/list/{i:02}"),
            "x",
            expected,
        )?;
        expected += 1;
    }
    Ok(())
}

async fn too_large(client: &Client) -> Outcome {
    let cause = client
        .put("large", vec![7; 2 << 20])
        .await
        .err()
        .ok_or("2 MiB are taken")?;
    equal!(cause.code(), ErrorCode::InvalidRequest);
    let cause = client
        .put("", "no key")
        .await
        .err()
        .ok_or("an empty key is taken")?;
    equal!(cause.code(), ErrorCode::InvalidRequest);
    let cause = client
        .put("large", vec![7; 5 << 20])
        .await
        .err()
        .ok_or("5 MiB are taken")?;
    equal!(cause.code(), ErrorCode::Uncategorized);
    client.put("large", vec![7; 1 << 20]).await?;
    equal!(
        client.get("large").await?,
        Some(Bytes::from(vec![7; 1 << 20]))
    );
    Ok(())
}

async fn gzip(nodes: &Nodes) -> Outcome {
    let client = Client::builder(vec![nodes.url(2)])
        .enable_compression(true)
        .build()
        .await?;
    client.put("gzip", vec![42; 100_000]).await?;
    equal!(
        client.get("gzip").await?,
        Some(Bytes::from(vec![42; 100_000]))
    );
    // On a node that may be behind, and then sees the put before, too.
    let mut watch = client.watch("gzip").await?;
    let before = revision(&client).await?;
    client.put("gzip", vec![43; 100_000]).await?;
    let mut event = next(&mut watch).await?;
    while event.revision <= before {
        event = next(&mut watch).await?;
    }
    equal!(event.value, Bytes::from(vec![43; 100_000]));
    Ok(())
}

/// The store revision now.
async fn revision(client: &Client) -> Result<u64, d_engine::ClientApiError> {
    Ok(client.scan_prefix("/no/such/key/").await?.revision)
}

type Stream = tonic::Streaming<WatchResponse>;

/// The next message, within ten seconds.
async fn message(
    watch: &mut Stream,
) -> Result<WatchResponse, Box<dyn std::error::Error + Send + Sync>> {
    match tokio::time::timeout(Duration::from_secs(10), watch.message()).await {
        Ok(Ok(Some(event))) => Ok(event),
        Ok(Ok(None)) => Err("the stream ended".into()),
        Ok(Err(status)) => Err(status.into()),
        Err(_) => Err("no message within ten seconds".into()),
    }
}

/// The next change, within ten seconds.
async fn next(
    watch: &mut Stream,
) -> Result<WatchResponse, Box<dyn std::error::Error + Send + Sync>> {
    for _ in 0..11 {
        let event = message(watch).await?;
        if event.event_type() != WatchEventType::Progress {
            return Ok(event);
        }
    }
    Err("no change within ten seconds".into())
}

fn is_event(
    event: &WatchResponse,
    event_type: WatchEventType,
    key: &str,
    value: &str,
    revision: u64,
) -> Outcome {
    equal!(event.event_type(), event_type);
    equal!(event.key, Bytes::from(key.to_owned()));
    equal!(event.value, Bytes::from(value.to_owned()));
    equal!(event.revision, revision);
    equal!(event.error, 0);
    Ok(())
}
