// How ROS 2 names its topics and types in DDS.
#pragma once

#include <string>

namespace ros {

inline bool starts_with(const std::string &text, const std::string &start) { return text.compare(0, start.size(), start) == 0; }

inline bool ends_with(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// "sensor_msgs/msg/Image" is "sensor_msgs::msg::dds_::Image_".
inline std::string dds_type(const std::string &type) {
  std::string name;
  for (const char letter : type.substr(0, type.rfind('/'))) {
    name += letter == '/' ? "::" : std::string(1, letter);
  }
  return name + "::dds_::" + type.substr(type.rfind('/') + 1) + "_";
}

// The inverse; empty where the name is none of ROS's.
inline std::string ros_type(const std::string &dds) {
  const std::string infix = "::dds_::";
  const size_t at = dds.find(infix);
  if (at == std::string::npos || !ends_with(dds, "_")) {
    return "";
  }
  std::string name = dds.substr(0, at) + "/" + dds.substr(at + infix.size(), dds.size() - at - infix.size() - 1);
  for (size_t colons = name.find("::"); colons != std::string::npos; colons = name.find("::")) {
    name.replace(colons, 2, "/");
  }
  return name;
}

inline std::string without(const std::string &text, const std::string &end) {
  return ends_with(text, end) ? text.substr(0, text.size() - end.size()) : text;
}

// What a peer sends goes into lines of words; a name that would break them is none.
inline bool printable(const std::string &text) {
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) < ' ') {
      return false;
    }
  }
  return true;
}

// The value of "key=value;" in the user data of an endpoint, or empty.
inline std::string user_value(const std::string &data, const std::string &key) {
  size_t at = data.find(key + "=");
  if (at == std::string::npos || (at > 0 && data[at - 1] != ';')) {
    return "";
  }
  at += key.size() + 1;
  return data.substr(at, data.find(';', at) - at);
}

}  // namespace ros
