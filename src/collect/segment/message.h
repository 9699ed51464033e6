// What a client of Segment sends: calls (messages), as they stand in a body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/json_value.h"
#include "collect/segment/rejected_messages.h"

namespace rawhaul::segment {

// `text` as in JsonValue, but of an object or array its JSON on one line.
struct Member {
  std::string key;
  JsonType type = JsonType::kNull;
  std::string text;

  JsonValue value() const { return {type, text}; }
};

// Members of an object in their order.
class Members {
 public:
  void Add(Member member) { members_.push_back(std::move(member)); }
  void Clear() { members_.clear(); }
  auto begin() const { return members_.begin(); }
  auto end() const { return members_.end(); }

  // The last one of that name; absent when there is none or it is null.
  JsonValue Find(std::string_view key) const;
  // Of a string or a number that is not empty; empty for everything else.
  std::string_view Text(std::string_view key) const;
  bool IsTrue(std::string_view key) const;

 private:
  std::vector<Member> members_;
};

struct Message {
  size_t index = 0;    // in the body's "batch"
  Members fields;      // of the message itself
  Members properties;  // where they are no object, one of that name
  Members traits;      // likewise
  Members context;     // one level flat: "device.model"
};

struct Body {
  std::string write_key;  // empty: none
  std::string sent_at;    // as sent; empty: none
  std::vector<Message> messages;
  RejectedMessages rejected;  // what is no object
};

}  // namespace rawhaul::segment
