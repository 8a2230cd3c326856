//! ros2-client-peer nodes NODE                   prints the nodes that it sees until it sees this one, or 25 s, one a line
//! ros2-client-peer MAPPING trigger SERVICE      calls std_srvs/Trigger and prints the answer
//! ros2-client-peer MAPPING list NODE            prints the parameters of a node
//! ros2-client-peer MAPPING get NODE NAME        prints one of them
//! ros2-client-peer MAPPING set NODE NAME INT    sets one and prints what the node says
//! ros2-client-peer MAPPING state NODE           prints the number and name of a lifecycle node's state
//! ros2-client-peer MAPPING change NODE ID       asks for a transition by its number and prints whether it began
//! ros2-client-peer MAPPING serve SERVICE        serves std_srvs/Trigger until its standard input ends
//!
//! MAPPING is `enhanced`, as rmw_fastrtps calls services, or `cyclone`, as rmw_cyclonedds does.

use std::{env, io::Read, time::Duration};

use futures::FutureExt;
use ros2_client::{
  parameters::raw::{Parameter, ParameterValue},
  qos::History,
  rcl_interfaces::{
    GetParametersRequest, GetParametersResponse, ListParametersRequest, ListParametersResponse, SetParametersRequest,
    SetParametersResponse,
  },
  service::Client,
  Context, Message, Name, Node, NodeEvent, NodeName, NodeOptions, QosProfile, ServiceMapping, ServiceTypeName,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct TriggerRequest {
  structure_needs_at_least_one_member: u8,
}
impl Message for TriggerRequest {}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct TriggerResponse {
  success: bool,
  message: String,
}
impl Message for TriggerResponse {}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct GetStateRequest {
  structure_needs_at_least_one_member: u8,
}
impl Message for GetStateRequest {}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct GetStateResponse {
  id: u8,
  label: String,
}
impl Message for GetStateResponse {}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ChangeStateRequest {
  id: u8,
  label: String,
}
impl Message for ChangeStateRequest {}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ChangeStateResponse {
  success: bool,
}
impl Message for ChangeStateResponse {}

fn services() -> QosProfile {
  QosProfile::publisher_default().history(History::KeepLast { depth: 10 })
}

const PATIENCE: Duration = Duration::from_secs(25);
/// Less would ask a busy machine twice, which a change of state answers otherwise the second time.
const LOST: Duration = Duration::from_secs(5);

/// Calls until an answer comes: the server may connect a moment after us.
fn call<Q, R>(node: &mut Node, mapping: ServiceMapping, parent: &str, service: &str, package: &str, kind: &str, request: Q) -> R
where
  Q: Message + Clone + 'static,
  R: Message + 'static,
{
  let qos = services();
  let client: Client<Q, R> = node
    .create_client(mapping, &Name::new(parent, service).unwrap(), &ServiceTypeName::new(package, kind), qos.clone(), qos)
    .unwrap();
  smol::block_on(async {
    let answer = async {
      client.wait_for_service(node).await;
      loop {
        let number = client.async_send_request(request.clone()).await.unwrap();
        futures::select! {
          answer = client.async_receive_response(number).fuse() => return answer.unwrap(),
          _ = FutureExt::fuse(smol::Timer::after(LOST)) => {}
        }
      }
    };
    let patience = smol::Timer::after(PATIENCE);
    futures::pin_mut!(answer);
    futures::select! {
      answer = answer.fuse() => answer,
      _ = FutureExt::fuse(patience) => panic!("no answer from {parent} {service}"),
    }
  })
}

fn main() {
  let words: Vec<String> = env::args().skip(1).collect();
  let words: Vec<&str> = words.iter().map(String::as_str).collect();
  let context = Context::new().unwrap();
  let mut node = context.new_node(NodeName::new("/rust", "peer").unwrap(), NodeOptions::new()).unwrap();
  smol::spawn(node.spinner().unwrap().spin()).detach();
  let mapping = if words[0] == "cyclone" { ServiceMapping::Cyclone } else { ServiceMapping::Enhanced };
  match words[..] {
    ["nodes", wanted] => {
      let events = node.status_receiver().unwrap();
      let patience = smol::Timer::after(PATIENCE);
      smol::block_on(async {
        let print = async {
          while let Ok(event) = events.recv().await {
            if let NodeEvent::ParticipantEntities(info) = event {
              let seen: Vec<String> = info.nodes().iter().map(|node| node.fully_qualified_name()).collect();
              seen.iter().for_each(|name| println!("{name}"));
              if seen.iter().any(|name| name == wanted) {
                return;
              }
            }
          }
        };
        futures::pin_mut!(print);
        futures::select! { _ = print.fuse() => {}, _ = FutureExt::fuse(patience) => {} }
      });
    }
    [_, "trigger", service] => {
      let (parent, name) = service.rsplit_once('/').unwrap();
      let answer: TriggerResponse =
        call(&mut node, mapping, parent, name, "std_srvs", "Trigger", TriggerRequest { structure_needs_at_least_one_member: 0 });
      println!("{} {}", answer.success, answer.message);
    }
    [_, "list", target] => {
      let request = ListParametersRequest { prefixes: vec![], depth: 0 };
      let answer: ListParametersResponse =
        call(&mut node, mapping, target, "list_parameters", "rcl_interfaces", "ListParameters", request);
      println!("{}", answer.result.names.join(" "));
    }
    [_, "get", target, name] => {
      let request = GetParametersRequest { names: vec![name.to_string()] };
      let answer: GetParametersResponse =
        call(&mut node, mapping, target, "get_parameters", "rcl_interfaces", "GetParameters", request);
      println!("{:?}", answer.values);
    }
    [_, "set", target, name, number] => {
      let mut value: ParameterValue = ros2_client::ParameterValue::NotSet.into();
      value.ptype = 2;
      value.int_value = number.parse().unwrap();
      let request = SetParametersRequest { parameter: vec![Parameter { name: name.to_string(), value }] };
      let answer: SetParametersResponse =
        call(&mut node, mapping, target, "set_parameters", "rcl_interfaces", "SetParameters", request);
      println!("{:?}", answer);
    }
    [_, "state", target] => {
      let request = GetStateRequest { structure_needs_at_least_one_member: 0 };
      let answer: GetStateResponse = call(&mut node, mapping, target, "get_state", "lifecycle_msgs", "GetState", request);
      println!("{} {}", answer.id, answer.label);
    }
    [_, "change", target, id] => {
      let request = ChangeStateRequest { id: id.parse().unwrap(), label: String::new() };
      let answer: ChangeStateResponse = call(&mut node, mapping, target, "change_state", "lifecycle_msgs", "ChangeState", request);
      println!("{}", answer.success);
    }
    [_, "serve", service] => {
      let (parent, name) = service.rsplit_once('/').unwrap();
      let qos = services();
      let server = node
        .create_server::<TriggerRequest, TriggerResponse>(
          mapping,
          &Name::new(parent, name).unwrap(),
          &ServiceTypeName::new("std_srvs", "Trigger"),
          qos.clone(),
          qos,
        )
        .unwrap();
      smol::spawn(async move {
        loop {
          let (id, _) = server.async_receive_request().await.unwrap();
          let response = TriggerResponse { success: true, message: "from rust".to_string() };
          server.async_send_response(id, response).await.unwrap();
        }
      })
      .detach();
      println!("ready");
      std::io::stdin().read_to_string(&mut String::new()).unwrap();
    }
    _ => panic!("see the head of main.rs"),
  }
}
