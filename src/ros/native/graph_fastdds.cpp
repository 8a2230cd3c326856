// graph.h over Fast DDS: joins a ROS 2 graph where no ROS is installed, on the wire that rmw_fastrtps and rmw_cyclonedds speak.

#include "graph.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <sstream>

#include "discovery_info.hpp"
#include "fastdds_version.hpp"
#include "graph_common.hpp"
#include "ros_names.hpp"

namespace fastdds = fast::dds;
namespace rtps = fast::rtps;
using fast::Guid;
using Lock = std::lock_guard<std::mutex>;

namespace {

constexpr uint32_t kReceiveBuffer = 16 * 1024 * 1024;  // pictures of half a second, where the system allows it
constexpr uint32_t kSendBuffer = 4 * 1024 * 1024;
constexpr uint32_t kHeartbeatMilliseconds = 50;       // late joiners get the last message soon: ros2 node list looks for 0.5 s
constexpr uint32_t kPeersOnAHost = 32;                // as in ROS: processes that are looked for without multicast
constexpr size_t kCycloneHeader = 16;
constexpr size_t kLongestName = 251;  // longer ones are announced, but no peer takes them
constexpr auto kJoiningAsker = std::chrono::milliseconds(100);
const char *const kDiscoveryTopic = "ros_discovery_info";
const char *const kDiscoveryType = "rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_";
const char *const kDiscoveryHash = "RIHS01_91a0593bacdcc50ea9bdcf849a938b128412cc1ea821245c663bcd26f83c295e";  // of Iron and later

// rmw_cyclonedds puts 16 bytes before requests and replies, the others use inline parameters.
bool from_cyclone(const Guid &guid) { return guid[0] == 0x01 && guid[1] == 0x10; }

bool same_participant(const Guid &one, const Guid &other) { return std::equal(one.begin(), one.begin() + 12, other.begin()); }

bool is_reader(const Guid &guid) { return (guid[15] & 0x04) != 0; }

struct Quality {
  int32_t depth;
  bool reliable;
  bool transient_local;
};

const Quality kServiceQuality{kServiceDepth, true, false};

void set_user_data(fastdds::UserDataQosPolicy &policy, const std::string &text) {
  policy.data_vec(std::vector<rtps::octet>(text.begin(), text.end()));
}

template <typename Qos>
void set_quality(Qos &qos, const Quality &quality, int32_t depth, const std::string &user_data) {
  qos.reliability().kind = quality.reliable ? fastdds::RELIABLE_RELIABILITY_QOS : fastdds::BEST_EFFORT_RELIABILITY_QOS;
  qos.durability().kind = quality.transient_local ? fastdds::TRANSIENT_LOCAL_DURABILITY_QOS : fastdds::VOLATILE_DURABILITY_QOS;
  qos.history().kind = fastdds::KEEP_LAST_HISTORY_QOS;
  qos.history().depth = depth;
  qos.resource_limits().allocated_samples = 1;
  qos.resource_limits().max_samples = 0;  // no limit but the depth
  qos.resource_limits().max_instances = 1;
  qos.resource_limits().max_samples_per_instance = 0;
  qos.endpoint().history_memory_policy = rtps::PREALLOCATED_WITH_REALLOC_MEMORY_MODE;
  qos.data_sharing().off();
  set_user_data(qos.user_data(), user_data);
}

// Numbers of the participants of this process. Fast DDS counts on for ever, but without multicast nodes look for low numbers only.
class ParticipantNumbers {
 public:
  int32_t take() {
    const Lock lock(mutex_);
    int32_t number = 0;
    while (!used_.insert(number).second) {
      number++;
    }
    return number;
  }

  void give_back(int32_t number) {
    const Lock lock(mutex_);
    used_.erase(number);
  }

 private:
  std::mutex mutex_;
  std::set<int32_t> used_;
};

ParticipantNumbers participant_numbers;

// Unlike Fast DDS's own it is never used twice, so that nobody takes a new node for one that has just left.
rtps::GuidPrefix_t new_prefix() {
  static std::random_device random;
  rtps::GuidPrefix_t prefix;
  for (rtps::octet &byte : prefix.value) {
    byte = static_cast<rtps::octet>(random());
  }
  prefix.value[0] = 0x01;  // the vendor, by whom peers know how to ask
  prefix.value[1] = 0x0f;
  return prefix;
}

std::string hash_data(const char *hash) { return *hash == 0 ? "" : "typehash=" + std::string(hash) + ";"; }

}  // namespace

// One DDS reader or writer: a half of a service, all of a topic.
struct graph_endpoint : fastdds::DataReaderListener, fastdds::DataWriterListener {
  enum Kind { kPublisher, kSubscription, kServer, kClient };

  graph_endpoint(graph_node *node, Kind kind, std::string name, std::string type) : node(node), kind(kind), name(name), type(type) {}

  void on_data_available(fastdds::DataReader *) override;
  void on_subscription_matched(fastdds::DataReader *, const fastdds::SubscriptionMatchedStatus &status) override {
    matched(writers, fast::guid(status.last_publication_handle), status.current_count_change);
  }
  void on_publication_matched(fastdds::DataWriter *, const fastdds::PublicationMatchedStatus &status) override {
    matched(readers, fast::guid(status.last_subscription_handle), status.current_count_change);
  }

  void matched(std::set<Guid> &guids, const Guid &guid, int32_t change) {
    const Lock lock(mutex);
    if (change > 0) {
      guids.insert(guid);
    } else {
      guids.erase(guid);
      last_number.erase(guid);
      answered.erase(guid);
    }
    connected.notify_all();
  }

  // Counts the samples between the last one of this writer and this one: lost by the network, or overwritten before they were taken.
  void came(const Guid &from, int64_t number) {
    const Lock lock(mutex);
    if (writers.count(from) == 0) {
      return;  // it has left
    }
    int64_t &last = last_number.try_emplace(from, number - 1).first->second;
    if (number > last) {
      lost += number - last - 1;
      last = number;
    }
  }

  graph_node *const node;
  const Kind kind;
  const std::string name;
  const std::string type;
  std::string hash;
  Quality quality{};
  fastdds::Topic *read_topic = nullptr;
  fastdds::Topic *write_topic = nullptr;
  fastdds::DataReader *reader = nullptr;
  fastdds::DataWriter *writer = nullptr;
  bool queued = false;  // in the node's list; its mutex guards this

  mutable std::mutex mutex;
  std::condition_variable connected;
  std::set<Guid> readers;  // matched with the writer
  std::set<Guid> writers;  // matched with the reader
  std::map<Guid, int64_t> last_number;  // of what each of them sent
  std::set<Guid> answered;  // of them, clients of Cyclone DDS that have had a reply
  int64_t calls = 0;
  uint64_t cyclone_id = 0;  // names this client in the header of rmw_cyclonedds
  std::atomic<int64_t> refused{0};
  std::atomic<int64_t> lost{0};
};

struct graph_node final : fast::Discovery {
  graph_node(const char *name_space, const char *name) : name_space(name_space), name(name) {}
  ~graph_node() override;

  void join(int32_t domain, int32_t range, const std::string &static_peers);
  graph_endpoint *open(graph_endpoint::Kind kind, const char *name, const char *type, const char *read_hash, const char *write_hash,
                       const Quality &quality);
  void close(graph_endpoint *endpoint);
  std::string describe() const;

  void found(const Guid &guid, const fast::Remote &remote) override;
  void lost(const Guid &guid) override;
  void lost_participant(const Guid &guid) override;
  void on_data_available(fastdds::DataReader *reader) override;

  fastdds::Topic *topic(const std::string &name, const std::string &type);
  void open_reader(graph_endpoint &endpoint, const std::string &name, const std::string &type, const std::string &data);
  void open_writer(graph_endpoint &endpoint, const std::string &name, const std::string &type, const std::string &data);
  void free(graph_endpoint *endpoint);
  void announce();
  std::string node_of(const Guid &guid) const;

  const std::string name_space;
  const std::string name;
  const int32_t participant_number = participant_numbers.take();
  fastdds::DomainParticipant *participant = nullptr;
  fastdds::Publisher *publisher = nullptr;
  fastdds::Subscriber *subscriber = nullptr;
  fastdds::DataWriter *info_writer = nullptr;

  std::mutex opening;  // endpoints are opened, closed and announced one at a time
  std::set<graph_endpoint *> endpoints;

  mutable std::mutex mutex;  // guards what follows; held for moments only
  std::condition_variable arrived;
  std::deque<graph_endpoint *> ready;
  bool woken = false;
  std::map<Guid, fast::Remote> remotes;
  std::map<Guid, ros::DiscoveryInfo> infos;
  size_t gid_size = ros::kGidSize;
  bool announce_again = false;
  std::atomic<int64_t> version{0};
};

void graph_endpoint::on_data_available(fastdds::DataReader *) {
  graph_node *const owner = node;
  {
    const Lock lock(node->mutex);
    if (queued) {
      return;
    }
    queued = true;
    node->ready.push_back(this);
  }
  owner->arrived.notify_one();  // without the lock, which the thread that wakes up needs at once
}

void graph_node::join(int32_t domain, int32_t range, const std::string &static_peers) {
  static std::once_flag once;
  std::call_once(once, fast::turn_off_shortcuts);
  auto *factory = fastdds::DomainParticipantFactory::get_instance();
  fastdds::DomainParticipantQos qos = factory->get_default_participant_qos();
  qos.name("/");
  set_user_data(qos.user_data(), "enclave=/;");
  auto udp = std::make_shared<eprosima::fastdds::rtps::UDPv4TransportDescriptor>();
  udp->receiveBufferSize = kReceiveBuffer;
  udp->sendBufferSize = kSendBuffer;
  qos.transport().use_builtin_transports = false;
  qos.wire_protocol().participant_id = participant_number;
  qos.wire_protocol().prefix = new_prefix();
  auto &builtin = qos.wire_protocol().builtin;
  builtin.readerHistoryMemoryPolicy = rtps::PREALLOCATED_WITH_REALLOC_MEMORY_MODE;
  builtin.writerHistoryMemoryPolicy = rtps::PREALLOCATED_WITH_REALLOC_MEMORY_MODE;

  const auto look_at = [&builtin](const std::string &address) {
    rtps::Locator_t peer;  // without a port: all that the participants of a host may have
    fast::set_address(peer, address);
    builtin.initialPeersList.push_back(peer);
  };
  if (range == GRAPH_LOCALHOST || range == GRAPH_OFF) {
    builtin.metatrafficUnicastLocatorList.push_back(rtps::Locator_t());  // one of ours keeps the multicast one away
    udp->maxInitialPeersRange = kPeersOnAHost;
  }
  if (range == GRAPH_LOCALHOST || range == GRAPH_SUBNET) {
    std::istringstream peers(static_peers);
    for (std::string peer; std::getline(peers, peer, ';');) {
      if (!peer.empty()) {
        const std::string address = fast::resolve(peer);
        check(!address.empty(), "ROS_STATIC_PEERS: no address is known for '" + peer + "'");
        udp->maxInitialPeersRange = kPeersOnAHost;
        look_at(address);
      }
    }
  }
  if (range == GRAPH_LOCALHOST) {
    look_at("127.0.0.1");
  } else if (range == GRAPH_OFF) {
    qos.allocation().participants.initial = 1;
    qos.allocation().participants.maximum = 1;  // only itself
    qos.allocation().participants.increment = 0;
  } else if (builtin.initialPeersList.size() > 0) {
    look_at("239.255.0.1");  // peers of one's own replace the multicast group
  }

  qos.transport().user_transports.push_back(fast::transport(udp));
  participant = factory->create_participant(static_cast<uint32_t>(domain), qos, this, fastdds::StatusMask::none());
  check(participant != nullptr, "Fast DDS cannot join domain " + std::to_string(domain) + " (are there too many nodes on this host?)");
  publisher = participant->create_publisher(fastdds::PUBLISHER_QOS_DEFAULT);
  subscriber = participant->create_subscriber(fastdds::SUBSCRIBER_QOS_DEFAULT);
  check(publisher != nullptr && subscriber != nullptr, "Fast DDS has no room for a publisher and a subscriber");

  fastdds::Topic *info = topic(kDiscoveryTopic, kDiscoveryType);
  fastdds::DataWriterQos writer_qos = publisher->get_default_datawriter_qos();
  set_quality(writer_qos, {1, true, true}, 1, hash_data(kDiscoveryHash));
  fast::set_heartbeat(writer_qos, kHeartbeatMilliseconds);
  info_writer = publisher->create_datawriter(info, writer_qos);
  fastdds::DataReaderQos reader_qos = subscriber->get_default_datareader_qos();
  set_quality(reader_qos, {1, true, true}, 1000, hash_data(kDiscoveryHash));
  check(info_writer != nullptr && subscriber->create_datareader(info, reader_qos, this) != nullptr,
        "Fast DDS has no room for ros_discovery_info");
  const Lock lock(opening);
  announce();
}

graph_node::~graph_node() {
  if (participant != nullptr) {
    participant->set_listener(nullptr);
    for (graph_endpoint *endpoint : endpoints) {
      free(endpoint);
    }
    participant->delete_contained_entities();
    fastdds::DomainParticipantFactory::get_instance()->delete_participant(participant);
  }
  participant_numbers.give_back(participant_number);
}

fastdds::Topic *graph_node::topic(const std::string &topic_name, const std::string &type) {
  check(topic_name.size() <= kLongestName, "is too long: with what DDS adds it has " + std::to_string(topic_name.size()) +
                                               " letters, and names of more than " + std::to_string(kLongestName) + " never meet");
  if (auto *known = participant->lookup_topicdescription(topic_name)) {
    check(known->get_type_name() == type, "carries " + ros::ros_type(known->get_type_name()) + " in this node, not " + ros::ros_type(type));
    return static_cast<fastdds::Topic *>(known);
  }
  fastdds::TypeSupport(new fast::RawType(type)).register_type(participant);
  fastdds::Topic *created = participant->create_topic(topic_name, type, fastdds::TOPIC_QOS_DEFAULT);
  check(created != nullptr, "Fast DDS refuses topic " + topic_name);
  return created;
}

void graph_node::open_reader(graph_endpoint &endpoint, const std::string &topic_name, const std::string &type, const std::string &data) {
  endpoint.read_topic = topic(topic_name, type);
  fastdds::DataReaderQos qos = subscriber->get_default_datareader_qos();
  const bool pictures = type.find("Image_") != std::string::npos;
  set_quality(qos, endpoint.quality, std::max(endpoint.quality.depth, pictures ? kLeastPictures : kLeastDepth), data);
  if (pictures) {  // what piles up in a pause is given back after it: the other modes keep as many as there ever were
    qos.endpoint().history_memory_policy = rtps::DYNAMIC_RESERVE_MEMORY_MODE;
  }
  endpoint.reader = subscriber->create_datareader(endpoint.read_topic, qos, &endpoint);
  check(endpoint.reader != nullptr, "Fast DDS refuses a reader of " + topic_name);
}

void graph_node::open_writer(graph_endpoint &endpoint, const std::string &topic_name, const std::string &type, const std::string &data) {
  endpoint.write_topic = topic(topic_name, type);
  fastdds::DataWriterQos qos = publisher->get_default_datawriter_qos();
  set_quality(qos, endpoint.quality, endpoint.quality.depth, data);
  fast::set_heartbeat(qos, kHeartbeatMilliseconds);
  endpoint.writer = publisher->create_datawriter(endpoint.write_topic, qos, &endpoint);
  check(endpoint.writer != nullptr, "Fast DDS refuses a writer of " + topic_name);
}

graph_endpoint *graph_node::open(graph_endpoint::Kind kind, const char *endpoint_name, const char *type, const char *read_hash,
                                 const char *write_hash, const Quality &quality) {
  const Lock lock(opening);
  auto *endpoint = new graph_endpoint(this, kind, endpoint_name, type);
  endpoint->quality = quality;
  endpoint->hash = *read_hash != 0 ? read_hash : write_hash;
  const std::string dds_type = ros::dds_type(type);
  const std::string stem = dds_type.substr(0, dds_type.size() - 1);
  const std::string request = "rq" + endpoint->name + "Request", reply = "rr" + endpoint->name + "Reply";
  try {
    switch (kind) {
      case graph_endpoint::kPublisher:
        open_writer(*endpoint, "rt" + endpoint->name, dds_type, hash_data(write_hash));
        break;
      case graph_endpoint::kSubscription:
        open_reader(*endpoint, "rt" + endpoint->name, dds_type, hash_data(read_hash));
        break;
      case graph_endpoint::kServer:
        open_writer(*endpoint, reply, stem + "_Response_", hash_data(write_hash));
        open_reader(*endpoint, request, stem + "_Request_", hash_data(read_hash));
        break;
      case graph_endpoint::kClient:
        endpoint->cyclone_id = std::random_device()() | static_cast<uint64_t>(std::random_device()()) << 32;
        open_reader(*endpoint, reply, stem + "_Response_", hash_data(read_hash));
        open_writer(*endpoint, request, stem + "_Request_", hash_data(write_hash));
        break;
    }
  } catch (...) {
    free(endpoint);
    throw;
  }
  endpoints.insert(endpoint);
  announce();
  return endpoint;
}

void graph_node::close(graph_endpoint *endpoint) {
  const Lock lock(opening);
  endpoints.erase(endpoint);
  announce();
  free(endpoint);
}

void graph_node::free(graph_endpoint *endpoint) {
  if (endpoint->reader != nullptr) {
    endpoint->reader->set_listener(nullptr);
    subscriber->delete_datareader(endpoint->reader);
  }
  if (endpoint->writer != nullptr) {
    endpoint->writer->set_listener(nullptr);
    publisher->delete_datawriter(endpoint->writer);
  }
  for (fastdds::Topic *used : {endpoint->read_topic, endpoint->write_topic}) {
    if (used != nullptr) {
      participant->delete_topic(used);  // stays where another endpoint uses it
    }
  }
  {
    const Lock lock(mutex);
    ready.erase(std::remove(ready.begin(), ready.end(), endpoint), ready.end());
  }
  delete endpoint;
}

// Tells the graph which endpoints belong to this node. Called with `opening` held.
void graph_node::announce() {
  ros::NodeInfo self{name_space, name, {}, {}};
  for (const graph_endpoint *endpoint : endpoints) {
    if (endpoint->reader != nullptr) {
      self.readers.push_back(fast::guid(endpoint->reader->guid()));
    }
    if (endpoint->writer != nullptr) {
      self.writers.push_back(fast::guid(endpoint->writer->guid()));
    }
  }
  size_t size;
  {
    const Lock lock(mutex);
    size = gid_size;
    announce_again = false;
  }
  const std::vector<uint8_t> bytes = ros::DiscoveryInfoWriter(size).write({fast::guid(participant->guid()), {self}});
  fast::Outgoing out{bytes.data(), nullptr, bytes.data() + 4, static_cast<uint32_t>(bytes.size() - 4)};
  info_writer->write(&out);
  version++;
}

void graph_node::found(const Guid &guid, const fast::Remote &remote) {
  const Lock lock(mutex);
  remotes[guid] = remote;
  version++;
}

void graph_node::lost(const Guid &guid) {
  const Lock lock(mutex);
  remotes.erase(guid);
  version++;
}

void graph_node::lost_participant(const Guid &guid) {
  const Lock lock(mutex);
  infos.erase(guid);
  for (auto remote = remotes.begin(); remote != remotes.end();) {
    remote = same_participant(remote->first, guid) ? remotes.erase(remote) : std::next(remote);
  }
  version++;
}

namespace {

// Fast DDS hands a sample out with its reader locked. The caller gets a copy, when the lock is free again: a caller that is stopped
// for good, as the threads of a Java that ends are, would keep it, and Fast DDS waits for it when the process ends.
struct Copy final : fast::Incoming {
  void take(const uint8_t *sample, uint32_t size) override { bytes.assign(sample, sample + size); }
  std::vector<uint8_t> bytes;
};

int64_t number(const rtps::SequenceNumber_t &sequence) {
  return static_cast<int64_t>(static_cast<uint64_t>(static_cast<uint32_t>(sequence.high)) << 32 | sequence.low);
}

rtps::SequenceNumber_t sequence(int64_t number) {
  return rtps::SequenceNumber_t(static_cast<int32_t>(number >> 32), static_cast<uint32_t>(number));
}

// rmw_cyclonedds' header, where a request or reply has one: it comes from Cyclone DDS, or it repeats the end of its writer's GUID.
bool has_header(const Guid &writer, const std::vector<uint8_t> &sample) {
  return from_cyclone(writer) || (sample.size() >= 4 + kCycloneHeader && std::equal(writer.begin() + 8, writer.end(), sample.begin() + 4));
}

}  // namespace

void graph_node::on_data_available(fastdds::DataReader *reader) {
  Copy copy;
  fastdds::SampleInfo sample;
  while (reader->take_next_sample(&copy, &sample) == fast::kOk) {
    ros::DiscoveryInfo info;
    if (!sample.valid_data) {
      continue;
    }
    const bool common = ros::DiscoveryInfoReader::read(copy.bytes, ros::kGidSize, info);
    if (!common && !ros::DiscoveryInfoReader::read(copy.bytes, ros::kHumbleGidSize, info)) {
      continue;
    }
    const Lock lock(mutex);
    if (!same_participant(info.participant, fast::guid(sample.sample_identity.writer_guid()))) {
      continue;  // speaks for another
    }
    if (!common && gid_size != ros::kHumbleGidSize) {  // a graph of Humble: speak as it does
      gid_size = ros::kHumbleGidSize;
      announce_again = true;
      arrived.notify_one();
    }
    infos[info.participant] = info;
    version++;
  }
}

std::string graph_node::node_of(const Guid &guid) const {
  for (const auto &[participant_guid, info] : infos) {
    if (same_participant(participant_guid, guid)) {
      for (const ros::NodeInfo &node : info.nodes) {
        const std::vector<ros::Gid> &gids = is_reader(guid) ? node.readers : node.writers;
        if (std::find(gids.begin(), gids.end(), guid) != gids.end()) {
          return (node.name_space == "/" ? "" : node.name_space) + "/" + node.name;
        }
      }
    }
  }
  return "";
}

std::string graph_node::describe() const {
  std::ostringstream text;
  const auto line = [&text](const char *kind, const std::string &endpoint, const std::string &type, const std::string &hash,
                            bool reliable, bool transient_local, const std::string &node) {
    if (ros::printable(endpoint + type + hash + node)) {
      text << kind << '\t' << endpoint << '\t' << type << '\t' << hash << '\t' << (reliable ? "reliable" : "best_effort") << '\t'
           << (transient_local ? "transient_local" : "volatile") << '\t' << node << '\n';
    }
  };
  static const char *const kinds[] = {"publisher", "subscription", "server", "client"};
  text << "node\t" << name_space << '\t' << name << '\n';
  for (const graph_endpoint *endpoint : endpoints) {
    line(kinds[endpoint->kind], endpoint->name, endpoint->type, endpoint->hash, endpoint->quality.reliable,
         endpoint->quality.transient_local, (name_space == "/" ? "" : name_space) + "/" + name);
  }
  const Guid self = fast::guid(participant->guid());
  const Lock lock(mutex);
  for (const auto &[guid, info] : infos) {
    for (const ros::NodeInfo &node : info.nodes) {
      if (!same_participant(guid, self) && ros::printable(node.name_space + node.name)) {
        text << "node\t" << node.name_space << '\t' << node.name << '\n';
      }
    }
  }
  for (const auto &[guid, remote] : remotes) {
    const std::string type = ros::ros_type(remote.type);
    const std::string hash = ros::user_value(remote.user_data, "typehash");
    if (same_participant(guid, self)) {
      continue;  // Fast DDS discovers its own endpoints too
    }
    if (ros::starts_with(remote.topic, "rt/")) {
      line(kinds[remote.writer ? 0 : 1], remote.topic.substr(2), type, hash, remote.reliable, remote.transient_local, node_of(guid));
    } else if (ros::starts_with(remote.topic, "rq/")) {
      line(kinds[remote.writer ? 3 : 2], ros::without(remote.topic.substr(2), "Request"), ros::without(type, "_Request"), "",
           remote.reliable, remote.transient_local, node_of(guid));
    }
  }
  return text.str();
}

extern "C" {

const char *graph_error(void) { return last_error.c_str(); }

graph_node *graph_join(const char *name_space, const char *name, int32_t domain, int32_t range, const char *static_peers) {
  return guarded<graph_node *>(nullptr, [&] {
    auto node = std::make_unique<graph_node>(name_space, name);
    node->join(domain, range, static_peers);
    return node.release();
  });
}

graph_node *graph_join_as(void *) {
  return guarded<graph_node *>(nullptr, []() -> graph_node * { throw std::runtime_error("nodes of rcl can only be joined over rcl"); });
}

void graph_leave(graph_node *node) {
  guarded(0, [&] {
    delete node;
    return 0;
  });
}

graph_endpoint *graph_advertise(graph_node *node, const char *topic, const char *type, const char *hash, int32_t depth,
                                int32_t reliable, int32_t transient_local) {
  return guarded<graph_endpoint *>(nullptr, [&] {
    return node->open(graph_endpoint::kPublisher, topic, type, "", hash, {depth, reliable != 0, transient_local != 0});
  });
}

graph_endpoint *graph_subscribe(graph_node *node, const char *topic, const char *type, const char *hash, int32_t depth,
                                int32_t reliable, int32_t transient_local) {
  return guarded<graph_endpoint *>(nullptr, [&] {
    return node->open(graph_endpoint::kSubscription, topic, type, hash, "", {depth, reliable != 0, transient_local != 0});
  });
}

graph_endpoint *graph_serve(graph_node *node, const char *service, const char *type, const char *request_hash,
                            const char *response_hash) {
  return guarded<graph_endpoint *>(nullptr, [&] {
    return node->open(graph_endpoint::kServer, service, type, request_hash, response_hash, kServiceQuality);
  });
}

graph_endpoint *graph_client(graph_node *node, const char *service, const char *type, const char *request_hash,
                             const char *response_hash) {
  return guarded<graph_endpoint *>(nullptr, [&] {
    return node->open(graph_endpoint::kClient, service, type, response_hash, request_hash, kServiceQuality);
  });
}

void graph_close(graph_endpoint *endpoint) {
  guarded(0, [&] {
    endpoint->node->close(endpoint);
    return 0;
  });
}

int32_t graph_publish(graph_endpoint *publisher, const uint8_t *sample, int32_t size) {
  return guarded(-1, [&] {
    fast::Outgoing out{sample, nullptr, sample + 4, static_cast<uint32_t>(size - 4)};
    check(publisher->writer->write(&out), "Fast DDS could not queue a message on " + publisher->name);
    return 0;
  });
}

int64_t graph_call(graph_endpoint *client, const uint8_t *sample, int32_t size) {
  return guarded<int64_t>(-1, [&] {
    uint8_t header[kCycloneHeader];
    int64_t call;
    bool cyclone;
    {
      const Lock lock(client->mutex);
      call = ++client->calls;
      cyclone = std::any_of(client->readers.begin(), client->readers.end(), from_cyclone);
    }
    std::memcpy(header, &client->cyclone_id, 8);
    std::memcpy(header + 8, &call, 8);
    fast::Outgoing out{sample, cyclone ? header : nullptr, sample + 4, static_cast<uint32_t>(size - 4)};
    rtps::WriteParams parameters;
    parameters.related_sample_identity().writer_guid() = client->reader->guid();
    check(client->writer->write(&out, parameters), "Fast DDS could not queue a request to " + client->name);
    return cyclone ? call : number(parameters.sample_identity().sequence_number());
  });
}

int32_t graph_reply(graph_endpoint *server, const graph_request *request, const uint8_t *sample, int32_t size) {
  return guarded(-1, [&] {
    Guid asker, writer;
    std::memcpy(asker.data(), request->asker, asker.size());
    std::memcpy(writer.data(), request->writer, writer.size());
    const auto reaches = [&] {
      return is_reader(asker) ? server->readers.count(asker) > 0
                              : std::any_of(server->readers.begin(), server->readers.end(),
                                            [&](const Guid &reader) { return same_participant(reader, writer); });
    };
    bool first = false;
    {
      std::unique_lock<std::mutex> lock(server->mutex);
      server->connected.wait_for(lock, kJoiningAsker, [&] { return reaches() || server->writers.count(writer) == 0; });
      check(reaches(), "who asked " + server->name + " is gone");
      first = from_cyclone(writer) && server->writers.count(writer) > 0 && server->answered.insert(writer).second;
    }
    rtps::WriteParams parameters;
    parameters.related_sample_identity().writer_guid() = fast::guid(asker);
    parameters.related_sample_identity().sequence_number() = sequence(request->sequence);
    if (first) {
      // Cyclone DDS takes from a writer what comes after that writer's first heartbeat, and Fast DDS may send that with the first reply:
      // a client that asks within milliseconds of having found us would never see it. So a reply to nobody goes before.
      // Waiting until that is acknowledged took 100 ms a client, the longest it was allowed: Cyclone does not acknowledge it in time.
      const uint8_t nobody[kCycloneHeader] = {};
      fast::Outgoing lost{sample, nobody, sample + 4, static_cast<uint32_t>(size - 4)};
      rtps::WriteParams unrelated;
      check(server->writer->write(&lost, unrelated), "Fast DDS could not queue a reply of " + server->name);
    }
    fast::Outgoing out{sample, request->has_header != 0 ? request->header : nullptr, sample + 4, static_cast<uint32_t>(size - 4)};
    check(server->writer->write(&out, parameters), "Fast DDS could not queue a reply of " + server->name);
    return 0;
  });
}

graph_endpoint *graph_wait(graph_node *node, int32_t milliseconds) {
  return guarded<graph_endpoint *>(nullptr, [&]() -> graph_endpoint * {
    std::unique_lock<std::mutex> lock(node->mutex);
    node->arrived.wait_for(lock, std::chrono::milliseconds(milliseconds),
                           [&] { return !node->ready.empty() || node->woken || node->announce_again; });
    if (node->announce_again) {
      lock.unlock();
      const Lock opening(node->opening);
      node->announce();
      lock.lock();
    }
    if (node->ready.empty()) {
      return nullptr;
    }
    graph_endpoint *endpoint = node->ready.front();
    node->ready.pop_front();
    endpoint->queued = false;
    return endpoint;
  });
}

void graph_wake(graph_node *node) {
  const Lock lock(node->mutex);
  node->woken = true;
  node->arrived.notify_all();
}

int32_t graph_take(graph_endpoint *endpoint, graph_receiver receive, graph_request *request) {
  return guarded(-1, [&] {
    fastdds::SampleInfo info;
    thread_local Copy copy;  // its memory serves the next picture
    if (endpoint->kind == graph_endpoint::kSubscription) {
      while (endpoint->reader->take_next_sample(&copy, &info) == fast::kOk) {
        if (info.valid_data) {
          endpoint->came(fast::guid(info.sample_identity.writer_guid()), number(info.sample_identity.sequence_number()));
          receive(copy.bytes.data(), static_cast<int32_t>(copy.bytes.size()));
          return 1;
        }
      }
      return 0;
    }
    while (endpoint->reader->take_next_sample(&copy, &info) == fast::kOk) {
      if (!info.valid_data) {
        continue;
      }
      const Guid writer = fast::guid(info.sample_identity.writer_guid());
      const Guid related = fast::guid(info.related_sample_identity.writer_guid());
      const bool asked = endpoint->kind == graph_endpoint::kServer;
      std::memset(request, 0, sizeof *request);
      request->has_header = has_header(writer, copy.bytes);
      if (copy.bytes.size() < 4 + (request->has_header != 0 ? kCycloneHeader : 0)) {
        endpoint->refused++;
        continue;
      }
      if (request->has_header != 0) {
        std::memcpy(request->header, copy.bytes.data() + 4, kCycloneHeader);
        copy.bytes.erase(copy.bytes.begin() + 4, copy.bytes.begin() + 4 + kCycloneHeader);
      }
      if (asked) {
        const bool named = info.related_sample_identity.writer_guid() != rtps::GUID_t::unknown();
        std::memcpy(request->asker, (named ? related : writer).data(), writer.size());
        std::memcpy(request->writer, writer.data(), writer.size());
        request->sequence = number(info.sample_identity.sequence_number());
      } else if (request->has_header != 0) {
        if (std::memcmp(request->header, &endpoint->cyclone_id, 8) != 0) {
          continue;  // for another client
        }
        std::memcpy(&request->sequence, request->header + 8, 8);
      } else if (related == fast::guid(endpoint->reader->guid()) || related == fast::guid(endpoint->writer->guid())) {
        request->sequence = number(info.related_sample_identity.sequence_number());
      } else {
        continue;
      }
      receive(copy.bytes.data(), static_cast<int32_t>(copy.bytes.size()));
      return 1;
    }
    return 0;
  });
}

int32_t graph_connected(const graph_endpoint *endpoint) {
  const Lock lock(endpoint->mutex);
  switch (endpoint->kind) {
    case graph_endpoint::kPublisher:
      return static_cast<int32_t>(endpoint->readers.size());
    case graph_endpoint::kClient:  // a server's two ends belong to one participant
      return static_cast<int32_t>(std::count_if(endpoint->readers.begin(), endpoint->readers.end(), [endpoint](const Guid &reader) {
        return std::any_of(endpoint->writers.begin(), endpoint->writers.end(),
                           [&reader](const Guid &writer) { return same_participant(reader, writer); });
      }));
    default:
      return static_cast<int32_t>(endpoint->writers.size());
  }
}

int64_t graph_refused(const graph_endpoint *endpoint) { return endpoint->refused; }

int64_t graph_lost(const graph_endpoint *endpoint) { return endpoint->lost; }

int64_t graph_version(const graph_node *node) { return node->version; }

int32_t graph_describe(const graph_node *node, char *text, int32_t capacity) {
  return guarded(-1, [&] {
    const Lock lock(const_cast<graph_node *>(node)->opening);
    const std::string description = node->describe();
    if (description.size() <= static_cast<size_t>(capacity)) {
      std::memcpy(text, description.data(), description.size());
    }
    return static_cast<int32_t>(description.size());
  });
}

}  // extern "C"
