// graph.h over rcl, the C library below rclcpp and rclpy: made for every distribution from Humble on and every RMW, with ROS's own
// discovery and security, which rcl reads from the environment. Types come from the message packages that the sourced workspaces have.

#include "graph.h"

#include <dlfcn.h>
#include <rcl/error_handling.h>
#include <rcl/event.h>
#include <rcl/graph.h>
#include <rcl/rcl.h>
#include <rmw/rmw.h>
#include <rosidl_runtime_c/message_type_support_struct.h>
#include <rosidl_runtime_c/service_type_support_struct.h>
#include <rosidl_typesupport_introspection_c/identifier.h>
#include <rosidl_typesupport_introspection_c/message_introspection.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#if __has_include(<rosidl_runtime_c/type_hash.h>)  // Iron and later
#include <rosidl_runtime_c/type_hash.h>
#define FLOWMATCHING_TYPE_HASHES 1
#endif

#include "graph_common.hpp"
#include "ros_names.hpp"

namespace {

using Lock = std::unique_lock<std::mutex>;

void check(rcl_ret_t code, const std::string &what) {
  if (code != RCL_RET_OK) {
    const std::string reason = rcl_get_error_string().str;
    rcl_reset_error();
    throw std::runtime_error(what + ": " + reason);
  }
}

// What can only be reported: something is being closed.
void ignore(rcl_ret_t code) {
  if (code != RCL_RET_OK) {
    rcl_reset_error();
  }
}

std::string full_name(const std::string &name_space, const std::string &name) {
  return (name_space == "/" ? "" : name_space) + "/" + name;
}

// The library of a message package, where sourced workspaces have it. It stays loaded: rcl holds on to what is in it.
void *library(const std::string &package) {
  static std::mutex mutex;
  static std::map<std::string, void *> loaded;
  const Lock lock(mutex);
  void *&handle = loaded[package];
  const std::string file = "lib" + package + "__rosidl_typesupport_c.so";
  if (handle == nullptr) {
    handle = dlopen(file.c_str(), RTLD_LAZY);
  }
  const char *prefixes = std::getenv("AMENT_PREFIX_PATH");
  std::istringstream list(prefixes == nullptr ? "" : prefixes);
  for (std::string prefix; handle == nullptr && std::getline(list, prefix, ':');) {
    handle = dlopen((prefix + "/lib/" + file).c_str(), RTLD_LAZY);
  }
  check(handle != nullptr, "needs ROS's package " + package + ", which no sourced workspace has");
  return handle;
}

// `kind` is "message" or "service"; `type` "std_srvs/srv/Trigger".
template <typename Support>
const Support *type_support(const char *kind, const std::string &type) {
  std::string symbol = type;
  for (size_t slash = symbol.find('/'); slash != std::string::npos; slash = symbol.find('/')) {
    symbol.replace(slash, 1, "__");
  }
  symbol = "rosidl_typesupport_c__get_" + std::string(kind) + "_type_support_handle__" + symbol;
  void *function = dlsym(library(type.substr(0, type.find('/'))), symbol.c_str());
  check(function != nullptr, "needs type " + type + ", which ROS's package of that name here has not");
  return reinterpret_cast<const Support *(*)()>(function)();
}

using Members = rosidl_typesupport_introspection_c__MessageMembers;

// A request or response as a struct of C: rcl has no serialized services.
class Message {
 public:
  explicit Message(const rosidl_message_type_support_t *support) : support_(support) {
    const rosidl_message_type_support_t *own = get_message_typesupport_handle(support, rosidl_typesupport_introspection_c__identifier);
    check(own != nullptr, "needs a type that can be inspected; its package was built without rosidl_typesupport_introspection_c");
    members_ = static_cast<const Members *>(own->data);
    memory_.resize(members_->size_of_ / sizeof(std::max_align_t) + 1);
    members_->init_function(get(), ROSIDL_RUNTIME_C_MSG_INIT_ALL);
  }
  ~Message() { members_->fini_function(get()); }
  Message(const Message &) = delete;
  Message &operator=(const Message &) = delete;

  void *get() { return memory_.data(); }

  void read(const rcl_serialized_message_t &sample) { check(rmw_deserialize(&sample, support_, get()), "a message that ROS cannot read"); }

  void write(rcl_serialized_message_t &sample) { check(rmw_serialize(get(), support_, &sample), "a message that ROS cannot write"); }

 private:
  const rosidl_message_type_support_t *support_;
  const Members *members_;
  std::vector<std::max_align_t> memory_;
};

// Bytes of the caller as rcl takes them; not changed.
rcl_serialized_message_t view(const uint8_t *sample, int32_t size) {
  rcl_serialized_message_t message = rmw_get_zero_initialized_serialized_message();
  message.buffer = const_cast<uint8_t *>(sample);
  message.buffer_length = message.buffer_capacity = static_cast<size_t>(size);
  message.allocator = rcl_get_default_allocator();
  return message;
}

rmw_qos_profile_t profile(size_t depth, bool reliable, bool transient_local) {
  rmw_qos_profile_t qos = rmw_qos_profile_default;
  qos.depth = depth;
  qos.reliability = reliable ? RMW_QOS_POLICY_RELIABILITY_RELIABLE : RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT;
  qos.durability = transient_local ? RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL : RMW_QOS_POLICY_DURABILITY_VOLATILE;
  return qos;
}

}  // namespace

struct graph_endpoint {
  enum Kind { kPublisher, kSubscription, kServer, kClient };

  graph_endpoint(graph_node *node, Kind kind, const char *name, const char *type) : node(node), kind(kind), name(name), type(type) {
    check(rmw_serialized_message_init(&buffer, 0, &allocator), "no memory");
  }
  ~graph_endpoint() { ignore(rmw_serialized_message_fini(&buffer)); }

  void came(const rmw_message_info_t &info);

  graph_node *const node;
  const Kind kind;
  const std::string name;
  const std::string type;
  rcl_allocator_t allocator = rcl_get_default_allocator();
  rcl_publisher_t publisher = rcl_get_zero_initialized_publisher();
  rcl_subscription_t subscription = rcl_get_zero_initialized_subscription();
  rcl_service_t server = rcl_get_zero_initialized_service();
  rcl_client_t client = rcl_get_zero_initialized_client();
  rcl_event_t losses = rcl_get_zero_initialized_event();
  bool tells_losses = false;
  const rosidl_message_type_support_t *request_type = nullptr;
  const rosidl_message_type_support_t *response_type = nullptr;
  rcl_serialized_message_t buffer = rmw_get_zero_initialized_serialized_message();  // of what was taken last

  mutable std::mutex mutex;  // guards what follows
  std::map<std::string, uint64_t> last_number;  // of what each publisher sent, where the RMW says it
  int64_t lost = 0;
};

struct graph_node {
  graph_node(const char *name_space, const char *name, size_t domain);
  explicit graph_node(rcl_node_t &made);  // by another library of this process, which also ends it
  ~graph_node();

  void prepare_to_wait();
  graph_endpoint *open(graph_endpoint::Kind kind, const char *name, const char *type, const rmw_qos_profile_t &qos);
  void close(graph_endpoint *endpoint);
  void fini(graph_endpoint &endpoint);
  void wait(std::chrono::milliseconds patience);
  std::string describe();
  void wake() { ignore(rcl_trigger_guard_condition(&woken)); }

  // Runs `change` while nothing waits: what is waited for may only change then.
  template <typename Change>
  void change(Change change) {
    Lock lock(mutex);
    changers++;
    wake();
    idle.wait(lock, [this] { return !waiting; });
    const std::shared_ptr<void> done(nullptr, [this](void *) {
      changers--;
      idle.notify_all();
    });
    change();
  }

  rcl_allocator_t allocator = rcl_get_default_allocator();
  rcl_context_t own_context = rcl_get_zero_initialized_context();
  rcl_node_t own_node = rcl_get_zero_initialized_node();
  rcl_node_t &node;
  rcl_guard_condition_t woken = rcl_get_zero_initialized_guard_condition();
  rcl_wait_set_t set = rcl_get_zero_initialized_wait_set();

  std::mutex mutex;  // guards what follows
  std::condition_variable idle;
  bool waiting = false;
  int changers = 0;
  std::set<graph_endpoint *> endpoints;

  std::deque<graph_endpoint *> ready;  // of the thread that waits, and of changes
  std::atomic<int64_t> version{0};
};

graph_node::graph_node(const char *name_space, const char *name, size_t domain) : node(own_node) {
  rcl_init_options_t options = rcl_get_zero_initialized_init_options();
  check(rcl_init_options_init(&options, allocator), "ROS");
  const std::unique_ptr<rcl_init_options_t, void (*)(rcl_init_options_t *)> freed(
      &options, [](rcl_init_options_t *made) { ignore(rcl_init_options_fini(made)); });
  check(rcl_init_options_set_domain_id(&options, domain), "ROS_DOMAIN_ID");
  check(rcl_init(0, nullptr, &options, &own_context), "ROS cannot be joined");
  rcl_node_options_t node_options = rcl_node_get_default_options();
  node_options.enable_rosout = false;  // the node writes it itself, on every transport
  check(rcl_node_init(&node, name, name_space, &own_context, &node_options), "ROS cannot make a node");
  prepare_to_wait();
}

graph_node::graph_node(rcl_node_t &made) : node(made) {
  check(rcl_node_is_valid(&node), "the node that this one was to be is closed");
  prepare_to_wait();
}

void graph_node::prepare_to_wait() {
  check(rcl_guard_condition_init(&woken, node.context, rcl_guard_condition_get_default_options()), "ROS");
  check(rcl_wait_set_init(&set, 0, 2, 0, 0, 0, 0, node.context, allocator), "ROS");
}

graph_node::~graph_node() {
  for (graph_endpoint *endpoint : endpoints) {
    fini(*endpoint);
    delete endpoint;
  }
  ignore(rcl_wait_set_fini(&set));
  ignore(rcl_guard_condition_fini(&woken));
  if (&node == &own_node) {
    ignore(rcl_node_fini(&own_node));
    ignore(rcl_shutdown(&own_context));
    ignore(rcl_context_fini(&own_context));
  }
}

graph_endpoint *graph_node::open(graph_endpoint::Kind kind, const char *name, const char *type, const rmw_qos_profile_t &qos) {
  auto made = std::make_unique<graph_endpoint>(this, kind, name, type);
  graph_endpoint *endpoint = made.get();
  change([&] {
    for (const graph_endpoint *other : endpoints) {  // as the other transports do; RMWs differ
      check(other->name != name || other->type == type || kind >= graph_endpoint::kServer || other->kind >= graph_endpoint::kServer,
            "carries " + other->type + " in this node, not " + type);
    }
    switch (kind) {
      case graph_endpoint::kPublisher: {
        rcl_publisher_options_t options = rcl_publisher_get_default_options();
        options.qos = qos;
        check(rcl_publisher_init(&endpoint->publisher, &node, type_support<rosidl_message_type_support_t>("message", type), name, &options),
              "cannot be advertised");
        break;
      }
      case graph_endpoint::kSubscription: {
        rcl_subscription_options_t options = rcl_subscription_get_default_options();
        options.qos = qos;
        options.qos.depth = std::max<size_t>(qos.depth, std::strstr(type, "Image") != nullptr ? kLeastPictures : kLeastDepth);
        check(rcl_subscription_init(
                  &endpoint->subscription, &node, type_support<rosidl_message_type_support_t>("message", type), name, &options),
              "cannot be subscribed");
        endpoint->tells_losses =
            rcl_subscription_event_init(&endpoint->losses, &endpoint->subscription, RCL_SUBSCRIPTION_MESSAGE_LOST) == RCL_RET_OK;
        rcl_reset_error();  // some RMW cannot tell
        break;
      }
      default: {
        const std::string base = type;
        const auto *support = type_support<rosidl_service_type_support_t>("service", base);
        endpoint->request_type = type_support<rosidl_message_type_support_t>("message", base + "_Request");
        endpoint->response_type = type_support<rosidl_message_type_support_t>("message", base + "_Response");
        if (kind == graph_endpoint::kServer) {
          rcl_service_options_t options = rcl_service_get_default_options();
          options.qos = qos;
          check(rcl_service_init(&endpoint->server, &node, support, name, &options), "cannot be served");
        } else {
          rcl_client_options_t options = rcl_client_get_default_options();
          options.qos = qos;
          check(rcl_client_init(&endpoint->client, &node, support, name, &options), "cannot be called");
        }
      }
    }
    endpoints.insert(made.release());
  });
  version++;
  return endpoint;
}

void graph_node::close(graph_endpoint *endpoint) {
  change([&] {
    endpoints.erase(endpoint);
    ready.erase(std::remove(ready.begin(), ready.end(), endpoint), ready.end());
    fini(*endpoint);
  });
  delete endpoint;
  version++;
}

void graph_node::fini(graph_endpoint &endpoint) {
  switch (endpoint.kind) {
    case graph_endpoint::kPublisher:
      return ignore(rcl_publisher_fini(&endpoint.publisher, &node));
    case graph_endpoint::kSubscription:
      if (endpoint.tells_losses) {
        ignore(rcl_event_fini(&endpoint.losses));
      }
      return ignore(rcl_subscription_fini(&endpoint.subscription, &node));
    case graph_endpoint::kServer:
      return ignore(rcl_service_fini(&endpoint.server, &node));
    case graph_endpoint::kClient:
      return ignore(rcl_client_fini(&endpoint.client, &node));
  }
}

// Fills the list of what is ready.
void graph_node::wait(std::chrono::milliseconds patience) {
  std::vector<graph_endpoint *> waited;
  {
    Lock lock(mutex);
    idle.wait(lock, [this] { return changers == 0; });
    waiting = true;
    waited.assign(endpoints.begin(), endpoints.end());
  }
  const std::shared_ptr<void> left(nullptr, [this](void *) {
    const Lock lock(mutex);
    waiting = false;
    idle.notify_all();
  });
  const auto count = [&waited](graph_endpoint::Kind kind) {
    return static_cast<size_t>(std::count_if(waited.begin(), waited.end(), [kind](const auto *endpoint) { return endpoint->kind == kind; }));
  };
  check(rcl_wait_set_resize(&set, count(graph_endpoint::kSubscription), 2, 0, count(graph_endpoint::kClient), count(graph_endpoint::kServer), 0),
        "ROS cannot wait");
  check(rcl_wait_set_clear(&set), "ROS cannot wait");
  size_t graph_changed = 0;
  check(rcl_wait_set_add_guard_condition(&set, &woken, nullptr), "ROS cannot wait");
  check(rcl_wait_set_add_guard_condition(&set, rcl_node_get_graph_guard_condition(&node), &graph_changed), "ROS cannot wait");
  std::vector<size_t> places(waited.size());
  for (size_t i = 0; i < waited.size(); i++) {
    switch (waited[i]->kind) {
      case graph_endpoint::kSubscription:
        check(rcl_wait_set_add_subscription(&set, &waited[i]->subscription, &places[i]), "ROS cannot wait");
        break;
      case graph_endpoint::kServer:
        check(rcl_wait_set_add_service(&set, &waited[i]->server, &places[i]), "ROS cannot wait");
        break;
      case graph_endpoint::kClient:
        check(rcl_wait_set_add_client(&set, &waited[i]->client, &places[i]), "ROS cannot wait");
        break;
      default:
        break;
    }
  }
  const rcl_ret_t code = rcl_wait(&set, std::chrono::duration_cast<std::chrono::nanoseconds>(patience).count());
  if (code == RCL_RET_TIMEOUT) {
    rcl_reset_error();
    return;
  }
  check(code, "ROS cannot wait");
  if (set.guard_conditions[graph_changed] != nullptr) {
    version++;
  }
  const Lock lock(mutex);
  for (size_t i = 0; i < waited.size(); i++) {
    const bool has = waited[i]->kind == graph_endpoint::kSubscription ? set.subscriptions[places[i]] != nullptr
                     : waited[i]->kind == graph_endpoint::kServer     ? set.services[places[i]] != nullptr
                     : waited[i]->kind == graph_endpoint::kClient     ? set.clients[places[i]] != nullptr
                                                                      : false;
    if (has) {
      ready.push_back(waited[i]);
    }
  }
}

// Counts the messages between the last one of this publisher and this one, where the RMW numbers them.
void graph_endpoint::came(const rmw_message_info_t &info) {
  if (tells_losses || info.publication_sequence_number == RMW_MESSAGE_INFO_SEQUENCE_NUMBER_UNSUPPORTED) {
    return;
  }
  const Lock lock(mutex);
  const std::string from(reinterpret_cast<const char *>(info.publisher_gid.data), sizeof info.publisher_gid.data);
  const auto [last, first] = last_number.try_emplace(from, info.publication_sequence_number);
  if (!first && info.publication_sequence_number > last->second) {
    lost += static_cast<int64_t>(info.publication_sequence_number - last->second - 1);
    last->second = info.publication_sequence_number;
  }
}

namespace {

std::string hash_of(const rmw_topic_endpoint_info_t &info) {
#ifdef FLOWMATCHING_TYPE_HASHES
  if (info.topic_type_hash.version > 0) {
    char *text = nullptr;
    const rcl_allocator_t allocator = rcl_get_default_allocator();
    if (rosidl_stringify_type_hash(&info.topic_type_hash, allocator, &text) == RCUTILS_RET_OK) {
      const std::string hash = text;
      allocator.deallocate(text, allocator.state);
      return hash;
    }
  }
#else
  (void)info;
#endif
  return "";
}

// Lines of graph_describe.
class Lines {
 public:
  void add(std::initializer_list<std::string> words) {
    std::string line;
    for (const std::string &word : words) {
      if (!ros::printable(word)) {
        return;
      }
      line += (line.empty() ? "" : "\t") + word;
    }
    text_ += line + '\n';
  }
  const std::string &text() const { return text_; }

 private:
  std::string text_;
};

// A name that rcl does not know (yet) is empty here.
std::string node_name(const char *name_space, const char *name) {
  return std::strcmp(name, "_NODE_NAME_UNKNOWN_") == 0 ? "" : full_name(name_space, name);
}

using InfoQuery = decltype(&rcl_get_publishers_info_by_topic);
using ServiceQuery = decltype(&rcl_get_service_names_and_types_by_node);

void add_topic_ends(Lines &lines, rcl_node_t &node, rcl_allocator_t allocator, const char *kind, const char *topic, InfoQuery query) {
  rcl_topic_endpoint_info_array_t infos = rcl_get_zero_initialized_topic_endpoint_info_array();
  check(query(&node, &allocator, topic, false, &infos), "ROS cannot describe its graph");
  for (size_t i = 0; i < infos.size; i++) {
    const rmw_topic_endpoint_info_t &info = infos.info_array[i];
    lines.add({kind, topic, info.topic_type, hash_of(info),
               info.qos_profile.reliability == RMW_QOS_POLICY_RELIABILITY_RELIABLE ? "reliable" : "best_effort",
               info.qos_profile.durability == RMW_QOS_POLICY_DURABILITY_TRANSIENT_LOCAL ? "transient_local" : "volatile",
               node_name(info.node_namespace, info.node_name)});
  }
  ignore(rcl_topic_endpoint_info_array_fini(&infos, &allocator));
}

void add_services(Lines &lines, rcl_node_t &node, rcl_allocator_t allocator, const char *kind, const char *name_space, const char *name,
                  ServiceQuery query) {
  rcl_names_and_types_t services = rcl_get_zero_initialized_names_and_types();
  if (query(&node, &allocator, name, name_space, &services) != RCL_RET_OK) {
    rcl_reset_error();  // the node has just left
    return;
  }
  for (size_t i = 0; i < services.names.size; i++) {
    const std::string type = services.types[i].size == 0 ? "" : services.types[i].data[0];
    lines.add({kind, services.names.data[i], type, "", "reliable", "volatile", full_name(name_space, name)});
  }
  ignore(rcl_names_and_types_fini(&services));
}

}  // namespace

std::string graph_node::describe() {
  Lines lines;
  rcutils_string_array_t names = rcutils_get_zero_initialized_string_array();
  rcutils_string_array_t name_spaces = rcutils_get_zero_initialized_string_array();
  // Not rcl's own function: that one refuses all nodes where one has no name.
  check(rmw_get_node_names(rcl_node_get_rmw_handle(&node), &names, &name_spaces), "ROS cannot describe its graph");
  std::set<std::pair<std::string, std::string>> nodes;  // services are asked for by name: once for nodes of one name
  for (size_t i = 0; i < names.size; i++) {
    if (*names.data[i] != '\0' && std::strcmp(names.data[i], "_NODE_NAME_UNKNOWN_") != 0) {
      lines.add({"node", name_spaces.data[i], names.data[i]});
      nodes.emplace(name_spaces.data[i], names.data[i]);
    }
  }
  ignore(rcutils_string_array_fini(&names));
  ignore(rcutils_string_array_fini(&name_spaces));
  rcl_names_and_types_t topics = rcl_get_zero_initialized_names_and_types();
  check(rcl_get_topic_names_and_types(&node, &allocator, false, &topics), "ROS cannot describe its graph");
  for (size_t i = 0; i < topics.names.size; i++) {
    add_topic_ends(lines, node, allocator, "publisher", topics.names.data[i], rcl_get_publishers_info_by_topic);
    add_topic_ends(lines, node, allocator, "subscription", topics.names.data[i], rcl_get_subscriptions_info_by_topic);
  }
  ignore(rcl_names_and_types_fini(&topics));
  for (const auto &[name_space, name] : nodes) {
    add_services(lines, node, allocator, "server", name_space.c_str(), name.c_str(), rcl_get_service_names_and_types_by_node);
    add_services(lines, node, allocator, "client", name_space.c_str(), name.c_str(), rcl_get_client_names_and_types_by_node);
  }
  return lines.text();
}

extern "C" {

const char *graph_error(void) { return last_error.c_str(); }

graph_node *graph_join(const char *name_space, const char *name, int32_t domain, int32_t, const char *) {
  return guarded<graph_node *>(nullptr, [&] { return new graph_node(name_space, name, static_cast<size_t>(domain)); });
}

graph_node *graph_join_as(void *node) {
  return guarded<graph_node *>(nullptr, [&] { return new graph_node(*static_cast<rcl_node_t *>(node)); });
}

void graph_leave(graph_node *node) {
  guarded(0, [&] {
    delete node;
    return 0;
  });
}

graph_endpoint *graph_advertise(graph_node *node, const char *topic, const char *type, const char *, int32_t depth, int32_t reliable,
                                int32_t transient_local) {
  return guarded<graph_endpoint *>(nullptr, [&] {
    return node->open(graph_endpoint::kPublisher, topic, type,
                      profile(static_cast<size_t>(depth), reliable != 0, transient_local != 0));
  });
}

graph_endpoint *graph_subscribe(graph_node *node, const char *topic, const char *type, const char *, int32_t depth, int32_t reliable,
                                int32_t transient_local) {
  return guarded<graph_endpoint *>(nullptr, [&] {
    return node->open(graph_endpoint::kSubscription, topic, type,
                      profile(static_cast<size_t>(depth), reliable != 0, transient_local != 0));
  });
}

graph_endpoint *graph_serve(graph_node *node, const char *service, const char *type, const char *, const char *) {
  return guarded<graph_endpoint *>(
      nullptr, [&] { return node->open(graph_endpoint::kServer, service, type, profile(kServiceDepth, true, false)); });
}

graph_endpoint *graph_client(graph_node *node, const char *service, const char *type, const char *, const char *) {
  return guarded<graph_endpoint *>(
      nullptr, [&] { return node->open(graph_endpoint::kClient, service, type, profile(kServiceDepth, true, false)); });
}

void graph_close(graph_endpoint *endpoint) {
  guarded(0, [&] {
    endpoint->node->close(endpoint);
    return 0;
  });
}

int32_t graph_publish(graph_endpoint *publisher, const uint8_t *sample, int32_t size) {
  return guarded(-1, [&] {
    const rcl_serialized_message_t message = view(sample, size);
    check(rcl_publish_serialized_message(&publisher->publisher, &message, nullptr), "ROS could not publish on " + publisher->name);
    return 0;
  });
}

int64_t graph_call(graph_endpoint *client, const uint8_t *sample, int32_t size) {
  return guarded<int64_t>(-1, [&] {
    Message request(client->request_type);
    request.read(view(sample, size));
    int64_t number = 0;
    check(rcl_send_request(&client->client, request.get(), &number), "ROS could not call " + client->name);
    return number;
  });
}

int32_t graph_reply(graph_endpoint *server, const graph_request *request, const uint8_t *sample, int32_t size) {
  return guarded(-1, [&] {
    Message response(server->response_type);
    response.read(view(sample, size));
    rmw_request_id_t asker{};
    static_assert(sizeof asker.writer_guid <= sizeof request->asker, "who asked must fit");
    std::memcpy(asker.writer_guid, request->asker, sizeof asker.writer_guid);
    asker.sequence_number = request->sequence;
    check(rcl_send_response(&server->server, &asker, response.get()), "who asked " + server->name + " is gone");
    return 0;
  });
}

graph_endpoint *graph_wait(graph_node *node, int32_t milliseconds) {
  return guarded<graph_endpoint *>(nullptr, [&]() -> graph_endpoint * {
    bool nothing;
    {
      const Lock lock(node->mutex);
      nothing = node->ready.empty();
    }
    if (nothing) {
      node->wait(std::chrono::milliseconds(milliseconds));
    }
    const Lock lock(node->mutex);
    if (node->ready.empty()) {
      return nullptr;
    }
    graph_endpoint *endpoint = node->ready.front();
    node->ready.pop_front();
    return endpoint;
  });
}

void graph_wake(graph_node *node) { node->wake(); }

int32_t graph_take(graph_endpoint *endpoint, graph_receiver receive, graph_request *request) {
  return guarded(-1, [&] {
    rcl_serialized_message_t &buffer = endpoint->buffer;
    if (endpoint->kind == graph_endpoint::kSubscription) {
      rmw_message_info_t info = rmw_get_zero_initialized_message_info();
      const rcl_ret_t code = rcl_take_serialized_message(&endpoint->subscription, &buffer, &info, nullptr);
      if (code == RCL_RET_SUBSCRIPTION_TAKE_FAILED) {
        rcl_reset_error();
        return 0;
      }
      check(code, "ROS could not take a message of " + endpoint->name);
      endpoint->came(info);
    } else {
      const bool serves = endpoint->kind == graph_endpoint::kServer;
      Message message(serves ? endpoint->request_type : endpoint->response_type);
      rmw_service_info_t info{};
      const rcl_ret_t code = serves ? rcl_take_request_with_info(&endpoint->server, &info, message.get())
                                    : rcl_take_response_with_info(&endpoint->client, &info, message.get());
      if (code == RCL_RET_SERVICE_TAKE_FAILED || code == RCL_RET_CLIENT_TAKE_FAILED) {
        rcl_reset_error();
        return 0;
      }
      check(code, "ROS could not take what came for " + endpoint->name);
      std::memset(request, 0, sizeof *request);
      std::memcpy(request->asker, info.request_id.writer_guid, sizeof info.request_id.writer_guid);
      request->sequence = info.request_id.sequence_number;
      message.write(buffer);
    }
    receive(buffer.buffer, static_cast<int32_t>(buffer.buffer_length));
    return 1;
  });
}

int32_t graph_connected(const graph_endpoint *endpoint) {
  return guarded(-1, [&]() -> int32_t {
    size_t count = 0;
    bool available = false;
    switch (endpoint->kind) {
      case graph_endpoint::kPublisher:
        check(rcl_publisher_get_subscription_count(&endpoint->publisher, &count), endpoint->name);
        break;
      case graph_endpoint::kSubscription:
        check(rcl_subscription_get_publisher_count(&endpoint->subscription, &count), endpoint->name);
        break;
      case graph_endpoint::kClient:
        check(rcl_service_server_is_available(&endpoint->node->node, &endpoint->client, &available), endpoint->name);
        count = available ? 1 : 0;
        break;
      case graph_endpoint::kServer:
        check(rcl_count_clients(&endpoint->node->node, endpoint->name.c_str(), &count), endpoint->name);
        break;
    }
    return static_cast<int32_t>(count);
  });
}

int64_t graph_refused(const graph_endpoint *) { return 0; }

int64_t graph_lost(const graph_endpoint *endpoint) {
  return guarded<int64_t>(0, [&]() -> int64_t {
    auto *changed = const_cast<graph_endpoint *>(endpoint);
    const Lock lock(endpoint->mutex);
    rmw_message_lost_status_t status{};
    if (endpoint->tells_losses && rcl_take_event(&endpoint->losses, &status) == RCL_RET_OK) {
      changed->lost = static_cast<int64_t>(status.total_count);
    }
    rcl_reset_error();
    return endpoint->lost;
  });
}

int64_t graph_version(const graph_node *node) { return node->version; }

int32_t graph_describe(const graph_node *node, char *text, int32_t capacity) {
  return guarded(-1, [&] {
    const std::string description = const_cast<graph_node *>(node)->describe();
    if (description.size() <= static_cast<size_t>(capacity)) {
      std::memcpy(text, description.data(), description.size());
    }
    return static_cast<int32_t>(description.size());
  });
}

}  // extern "C"
