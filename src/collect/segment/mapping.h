// What a message of Segment is here (docs/segment.md).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "collect/batch_parser.h"
#include "collect/segment/message.h"

namespace rawhaul::segment {

struct Times {
  Timestamp received;
  std::chrono::milliseconds skew{0};  // how far the client's clock is behind ours
};
// Of a body that was sent at that time by the client's clock. What is less than a minute is taken for the way
// of the request, so that times stay as they were sent.
std::chrono::milliseconds SkewOf(std::string_view sent_at, Timestamp received);

// What is known of a message only from those before it.
enum class Sequel {
  kNone,
  kActivity,      // its record is in a session, which it may begin
  kInSession,     // its record is in a session when there is one
  kOpened,        // begins a session
  kBackgrounded,  // ends one
  kJobStarted,    // its record, which has the name and the id of the job, is only remembered
  kJobFinished,   // its record gets start and end
};

// Devices of the user `previous` are to be those of `user`.
struct Alias {
  std::string previous;
  std::string user;
};

struct MappedMessage {
  size_t index = 0;  // in the request
  Timestamp time;
  std::string message_id;               // empty: it is not known when it is sent again
  std::optional<CollectedBatch> batch;  // of its device, if it has one; at most one record
  Sequel sequel = Sequel::kNone;
  // Of kInSession: the device's next activity in the request, which is of the same session when that is near.
  std::optional<Timestamp> next_activity;
  Guid job_key;  // of job messages: what they are paired by
  std::optional<Alias> alias;
};

// `type` is that of the path, or empty: then the message tells it. Errors are kInvalidArgument and tell what
// is wrong with the message: UnknownType, MissingField, InvalidDeviceId. A time that cannot be read is no
// error: the message counts as of when it came, and its record keeps the text as an extra.
Result<MappedMessage> Map(const Message& message, std::string_view type, const Times& times,
                          const CollectLimits& limits);

}  // namespace rawhaul::segment
