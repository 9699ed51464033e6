// Reads the body of a request of a Segment client.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "collect/segment/message.h"

namespace rawhaul::segment {

// Of one body as JSON. Segment's own limit is 500 KB, but its clients count wrong and send more.
inline constexpr size_t kMaxBodyBytes = size_t{4} << 20;
inline constexpr size_t kMaxMessages = 10000;
// Properties, traits and the like of all messages together: five times of what 500 KB of real ones have. Each
// takes some hundred bytes of memory several times until it is stored, however short it is.
inline constexpr size_t kMaxMembers = 100'000;

// Keeps its buffers from body to body; one thread at a time.
//
// Errors of the whole body: kInvalidArgument (MalformedJson as BatchParser's, InvalidType, MissingField for a
// batch that is not there), kTooLarge (TooManyMessages, TooManyMembers).
class BodyParser {
 public:
  BodyParser();
  ~BodyParser();

  // {"batch":[...],"writeKey":...,"sentAt":...}
  Result<Body> ParseBatch(std::string_view json);
  // The body is itself the only message.
  Result<Body> ParseMessage(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rawhaul::segment
