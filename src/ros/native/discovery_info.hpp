// The message on ros_discovery_info (rmw_dds_common ParticipantEntitiesInfo), by which participants say which nodes they hold.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace ros {

using Gid = std::array<uint8_t, 16>;

struct NodeInfo {
  std::string name_space;
  std::string name;
  std::vector<Gid> readers;
  std::vector<Gid> writers;
};

struct DiscoveryInfo {
  Gid participant;
  std::vector<NodeInfo> nodes;
};

// Gids have 16 bytes from Iron on; Humble fills them up with zeros to 24.
constexpr size_t kGidSize = 16;
constexpr size_t kHumbleGidSize = 24;

// Little-endian CDR, as ROS writes it.
class DiscoveryInfoWriter {
 public:
  explicit DiscoveryInfoWriter(size_t gid_size) : gid_size_(gid_size) {}

  std::vector<uint8_t> write(const DiscoveryInfo &info) {
    bytes_ = {0, 1, 0, 0};
    gid(info.participant);
    number(info.nodes.size());
    for (const NodeInfo &node : info.nodes) {
      text(node.name_space);
      text(node.name);
      gids(node.readers);
      gids(node.writers);
    }
    return bytes_;
  }

 private:
  void number(size_t value) {
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes_.push_back(static_cast<uint8_t>(value >> shift));
    }
  }

  void text(const std::string &value) {
    number(value.size() + 1);
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    bytes_.push_back(0);
  }

  void gid(const Gid &value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    bytes_.resize(bytes_.size() + gid_size_ - value.size());
  }

  void gids(const std::vector<Gid> &values) {
    number(values.size());
    for (const Gid &value : values) {
      gid(value);
    }
  }

  const size_t gid_size_;
  std::vector<uint8_t> bytes_;
};

// Reads what anybody may have sent: every length is checked against the bytes that are left.
class DiscoveryInfoReader {
 public:
  // Reads with one size of gids; false where the bytes are no such message.
  static bool read(const std::vector<uint8_t> &bytes, size_t gid_size, DiscoveryInfo &info) {
    DiscoveryInfoReader in(bytes, gid_size);
    return in.message(info) && in.at_ + 3 >= bytes.size();
  }

 private:
  DiscoveryInfoReader(const std::vector<uint8_t> &bytes, size_t gid_size) : bytes_(bytes), gid_size_(gid_size) {}

  bool message(DiscoveryInfo &info) {
    if (bytes_.size() < at_ || bytes_[0] != 0 || bytes_[1] > 1) {
      return false;
    }
    little_ = bytes_[1] == 1;
    uint32_t count = 0;
    if (!gid(info.participant) || !number(count) || count > left() / 4) {
      return false;
    }
    info.nodes.resize(count);
    for (NodeInfo &node : info.nodes) {
      if (!text(node.name_space) || !text(node.name) || !gids(node.readers) || !gids(node.writers)) {
        return false;
      }
    }
    return true;
  }

  size_t left() const { return bytes_.size() - at_; }

  bool number(uint32_t &value) {
    at_ = (at_ + 3) / 4 * 4;
    if (at_ > bytes_.size() || left() < 4) {
      return false;
    }
    const uint8_t *b = bytes_.data() + at_;
    value = little_ ? b[0] | b[1] << 8 | b[2] << 16 | static_cast<uint32_t>(b[3]) << 24
                    : b[3] | b[2] << 8 | b[1] << 16 | static_cast<uint32_t>(b[0]) << 24;
    at_ += 4;
    return true;
  }

  bool text(std::string &value) {
    uint32_t size = 0;
    if (!number(size) || size == 0 || size > left() || bytes_[at_ + size - 1] != 0) {
      return false;
    }
    value.assign(reinterpret_cast<const char *>(bytes_.data()) + at_, size - 1);
    at_ += size;
    return true;
  }

  bool gid(Gid &value) {
    if (left() < gid_size_) {
      return false;
    }
    std::memcpy(value.data(), bytes_.data() + at_, value.size());
    at_ += gid_size_;
    return true;
  }

  bool gids(std::vector<Gid> &values) {
    uint32_t count = 0;
    if (!number(count) || count > left() / gid_size_) {
      return false;
    }
    values.resize(count);
    for (Gid &value : values) {
      gid(value);
    }
    return true;
  }

  const std::vector<uint8_t> &bytes_;
  const size_t gid_size_;
  size_t at_ = 4;
  bool little_ = true;
};

}  // namespace ros
