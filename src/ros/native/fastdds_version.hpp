// The one place that knows how Fast DDS 2.6 (ROS Humble), 2.9 (Debian 12), 2.14 (Jazzy) and 3.x (Kilted and later) differ.
#pragma once

#if __has_include(<fastdds/config.hpp>)
#include <fastdds/config.hpp>
#define FLOWMATCHING_FAST_DDS_3 1
#else
#include <fastrtps/config.h>
#define FLOWMATCHING_FAST_DDS_3 0
#endif

#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/domain/DomainParticipantListener.hpp>
#include <fastdds/dds/publisher/DataWriter.hpp>
#include <fastdds/dds/publisher/DataWriterListener.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/DataReader.hpp>
#include <fastdds/dds/subscriber/DataReaderListener.hpp>
#include <fastdds/dds/subscriber/SampleInfo.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/Topic.hpp>
#include <fastdds/dds/topic/TopicDataType.hpp>
#include <fastdds/dds/topic/TypeSupport.hpp>

#if FLOWMATCHING_FAST_DDS_3
#include <fastdds/LibrarySettings.hpp>
#include <fastdds/rtps/builtin/data/PublicationBuiltinTopicData.hpp>
#include <fastdds/rtps/builtin/data/SubscriptionBuiltinTopicData.hpp>
#include <fastdds/rtps/common/WriteParams.hpp>
#include <fastdds/rtps/transport/UDPv4TransportDescriptor.hpp>
#include <fastdds/utils/IPLocator.hpp>
#else
#include <fastdds/rtps/transport/UDPv4TransportDescriptor.h>
#include <fastrtps/utils/IPLocator.h>
#include <fastrtps/xmlparser/XMLProfileManager.h>
#endif

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#if !FLOWMATCHING_FAST_DDS_3
#include "opening_transport.hpp"
#endif

namespace fast {

namespace dds = eprosima::fastdds::dds;

#if FLOWMATCHING_FAST_DDS_3
namespace rtps = eprosima::fastdds::rtps;
constexpr dds::ReturnCode_t kOk = dds::RETCODE_OK;
#else
namespace rtps = eprosima::fastrtps::rtps;
const auto kOk = eprosima::fastrtps::types::ReturnCode_t::RETCODE_OK;
#endif

using Guid = std::array<uint8_t, 16>;

inline Guid guid(const rtps::GUID_t &id) {
  Guid bytes;
  std::memcpy(bytes.data(), id.guidPrefix.value, 12);
  std::memcpy(bytes.data() + 12, id.entityId.value, 4);
  return bytes;
}

inline rtps::GUID_t guid(const Guid &bytes) {
  rtps::GUID_t id;
  std::memcpy(id.guidPrefix.value, bytes.data(), 12);
  std::memcpy(id.entityId.value, bytes.data() + 12, 4);
  return id;
}

inline Guid guid(const rtps::InstanceHandle_t &handle) {
  Guid bytes;
  for (size_t i = 0; i < bytes.size(); i++) {
    bytes[i] = handle.value[i];
  }
  return bytes;
}

// Nodes of one process talk over UDP like any others: one path to test, and no callbacks on the publisher's thread.
inline void turn_off_shortcuts() {
#if FLOWMATCHING_FAST_DDS_3
  eprosima::fastdds::LibrarySettings settings;
  settings.intraprocess_delivery = eprosima::fastdds::INTRAPROCESS_OFF;
  dds::DomainParticipantFactory::get_instance()->set_library_settings(settings);
#else
  eprosima::fastrtps::LibrarySettingsAttributes settings;
  settings.intraprocess_delivery = eprosima::fastrtps::INTRAPROCESS_OFF;
  eprosima::fastrtps::xmlparser::XMLProfileManager::library_settings(settings);
#endif
}

// The period in which a reliable writer asks its readers what they lack.
inline void set_heartbeat(dds::DataWriterQos &qos, uint32_t milliseconds) {
  auto &times = qos.reliable_writer_qos().times;
#if FLOWMATCHING_FAST_DDS_3
  auto &period = times.heartbeat_period;
#else
  auto &period = times.heartbeatPeriod;
#endif
  period.seconds = 0;
  period.nanosec = milliseconds * 1000000;
}

inline void set_address(rtps::Locator_t &locator, const std::string &address) { rtps::IPLocator::setIPv4(locator, address); }

// The first IPv4 address of a host, or empty.
inline std::string resolve(const std::string &host) {
  const auto found = rtps::IPLocator::resolveNameDNS(host);
  return found.first.empty() ? "" : *found.first.begin();
}

// The transport to use: UDP, with what this Fast DDS needs around it.
inline std::shared_ptr<eprosima::fastdds::rtps::TransportDescriptorInterface> transport(
    std::shared_ptr<eprosima::fastdds::rtps::TransportDescriptorInterface> udp) {
#if FLOWMATCHING_FAST_DDS_3
  return udp;
#else
  return std::make_shared<OpeningTransportDescriptor>(udp);
#endif
}

// Bytes that a writer takes as they are.
struct Outgoing {
  const uint8_t *head; // the header of four bytes
  const uint8_t *extra; // 16 bytes between header and body, or null
  const uint8_t *body;
  uint32_t body_size;

  uint32_t size() const { return 4 + (extra == nullptr ? 0 : 16) + body_size; }
};

// What a reader fills: called with the bytes where Fast DDS holds them.
struct Incoming {
  virtual void take(const uint8_t *bytes, uint32_t size) = 0;

 protected:
  ~Incoming() = default;
};

// A type whose samples stay serialized.
class RawType : public dds::TopicDataType {
 public:
  explicit RawType(const std::string &name) {
#if FLOWMATCHING_FAST_DDS_3
    set_name(name);
    max_serialized_type_size = kUsualSize;
    is_compute_key_provided = false;
#else
    setName(name.c_str());
    m_typeSize = kUsualSize;
    m_isGetKeyDefined = false;
    auto_fill_type_object(false);
    auto_fill_type_information(false);
#endif
  }

#if FLOWMATCHING_FAST_DDS_3
  bool serialize(const void *const data, rtps::SerializedPayload_t &payload, dds::DataRepresentationId_t) override {
    return put(*static_cast<const Outgoing *>(data), payload);
  }
  bool deserialize(rtps::SerializedPayload_t &payload, void *data) override { return get(payload, data); }
  uint32_t calculate_serialized_size(const void *const data, dds::DataRepresentationId_t) override {
    return static_cast<const Outgoing *>(data)->size();
  }
  void *create_data() override { return nullptr; }
  void delete_data(void *) override {}
  bool compute_key(rtps::SerializedPayload_t &, rtps::InstanceHandle_t &, bool) override { return false; }
  bool compute_key(const void *const, rtps::InstanceHandle_t &, bool) override { return false; }
#else
  bool serialize(void *data, rtps::SerializedPayload_t *payload) override { return put(*static_cast<Outgoing *>(data), *payload); }
  bool deserialize(rtps::SerializedPayload_t *payload, void *data) override { return get(*payload, data); }
  std::function<uint32_t()> getSerializedSizeProvider(void *data) override {
    return [data] { return static_cast<Outgoing *>(data)->size(); };
  }
  void *createData() override { return nullptr; }
  void deleteData(void *) override {}
  bool getKey(void *, rtps::InstanceHandle_t *, bool) override { return false; }
#endif

 private:
  static constexpr uint32_t kUsualSize = 512; // buffers grow beyond it

  static bool put(const Outgoing &out, rtps::SerializedPayload_t &payload) {
    if (payload.max_size < out.size()) {
      return false;
    }
    uint8_t *to = payload.data;
    std::memcpy(to, out.head, 4);
    to += 4;
    if (out.extra != nullptr) {
      std::memcpy(to, out.extra, 16);
      to += 16;
    }
    std::memcpy(to, out.body, out.body_size);
    payload.length = out.size();
    payload.encapsulation = out.head[1] == 0 ? CDR_BE : CDR_LE;
    return true;
  }

  static bool get(const rtps::SerializedPayload_t &payload, void *data) {
    static_cast<Incoming *>(data)->take(payload.data, payload.length);
    return true;
  }
};

// A reader or writer of another participant.
struct Remote {
  bool writer;
  std::string topic;
  std::string type;
  std::string user_data;
  bool reliable;
  bool transient_local;
};

// Tells what is discovered.
class Discovery : public dds::DomainParticipantListener {
 public:
  virtual void found(const Guid &guid, const Remote &remote) = 0;
  virtual void lost(const Guid &guid) = 0;
  virtual void lost_participant(const Guid &guid) = 0;

#if FLOWMATCHING_FAST_DDS_3
  void on_participant_discovery(dds::DomainParticipant *, rtps::ParticipantDiscoveryStatus status,
                                const rtps::ParticipantBuiltinTopicData &info, bool &) override {
    if (status == rtps::ParticipantDiscoveryStatus::REMOVED_PARTICIPANT ||
        status == rtps::ParticipantDiscoveryStatus::DROPPED_PARTICIPANT) {
      lost_participant(guid(info.guid));
    }
  }
  void on_data_reader_discovery(dds::DomainParticipant *, rtps::ReaderDiscoveryStatus status,
                                const rtps::SubscriptionBuiltinTopicData &info, bool &) override {
    changed(status == rtps::ReaderDiscoveryStatus::REMOVED_READER, false, info, info.guid);
  }
  void on_data_writer_discovery(dds::DomainParticipant *, rtps::WriterDiscoveryStatus status,
                                const rtps::PublicationBuiltinTopicData &info, bool &) override {
    changed(status == rtps::WriterDiscoveryStatus::REMOVED_WRITER, true, info, info.guid);
  }
#else
  void on_participant_discovery(dds::DomainParticipant *, rtps::ParticipantDiscoveryInfo &&found) override {
    if (found.status == rtps::ParticipantDiscoveryInfo::REMOVED_PARTICIPANT ||
        found.status == rtps::ParticipantDiscoveryInfo::DROPPED_PARTICIPANT) {
      lost_participant(guid(found.info.m_guid));
    }
  }
  void on_subscriber_discovery(dds::DomainParticipant *, rtps::ReaderDiscoveryInfo &&found) override {
    changed(found.status == rtps::ReaderDiscoveryInfo::REMOVED_READER, false, found.info);
  }
  void on_publisher_discovery(dds::DomainParticipant *, rtps::WriterDiscoveryInfo &&found) override {
    changed(found.status == rtps::WriterDiscoveryInfo::REMOVED_WRITER, true, found.info);
  }
#endif

 private:
#if FLOWMATCHING_FAST_DDS_3
  template <typename Data>
  void changed(bool removed, bool writer, const Data &info, const rtps::GUID_t &id) {
    if (removed) {
      lost(guid(id));
      return;
    }
    found(guid(id), {writer, info.topic_name.to_string(), info.type_name.to_string(),
                     std::string(info.user_data.begin(), info.user_data.end()),
                     info.reliability.kind == dds::RELIABLE_RELIABILITY_QOS,
                     info.durability.kind >= dds::TRANSIENT_LOCAL_DURABILITY_QOS});
  }
#else
  template <typename Data>
  void changed(bool removed, bool writer, const Data &info) {
    if (removed) {
      lost(guid(info.guid()));
      return;
    }
    const auto &qos = info.m_qos;
    found(guid(info.guid()), {writer, info.topicName().to_string(), info.typeName().to_string(),
                              std::string(qos.m_userData.begin(), qos.m_userData.end()),
                              qos.m_reliability.kind == dds::RELIABLE_RELIABILITY_QOS,
                              qos.m_durability.kind >= dds::TRANSIENT_LOCAL_DURABILITY_QOS});
  }
#endif
};

}  // namespace fast
