// What every graph_*.cpp shares: how it fails, and how long its queues are at least.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace {

constexpr int kLeastDepth = 256;    // Java keeps the queue that counts; this one bridges its pauses,
constexpr int kLeastPictures = 16;  // for half a second where messages are large
constexpr int kServiceDepth = 64;

thread_local std::string last_error;

// No exception crosses the border to C.
template <typename Result, typename Body>
Result guarded(Result failure, Body body) {
  try {
    return body();
  } catch (const std::exception &e) {
    last_error = e.what();
  } catch (...) {
    last_error = "an unknown error";
  }
  return failure;
}

void check(bool holds, const std::string &otherwise) {
  if (!holds) {
    throw std::runtime_error(otherwise);
  }
}

}  // namespace
