// A transport of Fast DDS 2 that opens each address before something is sent to it.
//
// Fast DDS opens those that it means to use when it meets a reader. Where several readers share a multicast address it leaves
// their own addresses out, sends to them all the same, and then dies by an assertion (OutputTrafficManager.hpp, where it is built
// with statistics, as Debian's is). Mended in Fast DDS 2.14.5 and 3.2.
#pragma once

#include <fastdds/rtps/network/SenderResource.h>
#include <fastdds/rtps/transport/ChainingTransport.h>

#include <chrono>
#include <memory>
#include <set>

namespace fast {

class OpeningTransport final : public eprosima::fastdds::rtps::ChainingTransport {
  using Locator = eprosima::fastrtps::rtps::Locator_t;
  using Locators = eprosima::fastrtps::rtps::Locators;
  using LocatorsIterator = eprosima::fastrtps::rtps::LocatorsIterator;
  using octet = eprosima::fastrtps::rtps::octet;

 public:
  explicit OpeningTransport(const eprosima::fastdds::rtps::ChainingTransportDescriptor &descriptor)
      : ChainingTransport(descriptor), descriptor_(descriptor.low_level_descriptor) {}

  // Fast DDS holds the lock of OpenOutputChannel when it calls this.
  bool send(eprosima::fastrtps::rtps::SenderResource *socket, const octet *bytes, uint32_t size, LocatorsIterator *from,
            LocatorsIterator *to, const std::chrono::steady_clock::time_point &until) override {
    bool sent = true;
    for (; *from != *to; ++*from) {
      open(**from);
      Locators begin(address_.begin()), end(address_.end());
      sent &= socket->send(bytes, size, &begin, &end, until);
    }
    return sent;
  }

  void receive(eprosima::fastdds::rtps::TransportReceiverInterface *receiver, const octet *bytes, uint32_t size, const Locator &to,
               const Locator &from) override {
    receiver->OnDataReceived(bytes, size, to, from);
  }

  eprosima::fastdds::rtps::TransportDescriptorInterface *get_configuration() override { return descriptor_.get(); }

 private:
  void open(const Locator &address) {
    address_.clear();
    address_.push_back(address);
    if (opened_.insert(address).second) {
      eprosima::fastdds::rtps::SendResourceList none;  // the sockets are there, only the address is new
      low_level_transport_->OpenOutputChannel(none, address);
    }
  }

  const std::shared_ptr<eprosima::fastdds::rtps::TransportDescriptorInterface> descriptor_;
  std::set<Locator> opened_;
  eprosima::fastrtps::rtps::LocatorList_t address_;  // one, for the loop above
};

struct OpeningTransportDescriptor final : eprosima::fastdds::rtps::ChainingTransportDescriptor {
  using ChainingTransportDescriptor::ChainingTransportDescriptor;

  eprosima::fastdds::rtps::TransportInterface *create_transport() const override { return new OpeningTransport(*this); }
};

}  // namespace fast
