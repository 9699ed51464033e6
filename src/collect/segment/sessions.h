// The sessions of a device, as its messages tell of them one by one and in any order.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "model/wire.h"

namespace rawhaul::segment {

struct RememberedSession {
  Guid id;
  Timestamp first;
  Timestamp last;
  bool opened = false;  // by Application Opened, at `first`
  bool closed = false;  // by Application Backgrounded, at `last`

  bool operator==(const RememberedSession&) const = default;
};

// Without Application Opened and Backgrounded, activities less than 30 minutes apart are one session. A
// session that was opened goes on until it is backgrounded or another is opened, but not for a day without
// activities.
class Sessions {
 public:
  explicit Sessions(const Guid& device) : device_(device) {}

  // The session of an activity at that time; a new one where there is none.
  Guid OfActivity(Timestamp time);
  // The session at that time, zero where there is none. `next_activity` is one that will be told of.
  Guid At(Timestamp time, std::optional<Timestamp> next_activity = std::nullopt) const;
  // Both give the session when beginning and end of it have become known by this. What comes twice is told
  // once.
  std::optional<RememberedSession> Open(Timestamp time);
  std::optional<RememberedSession> Close(Timestamp time);

  void Encode(std::string& out) const;
  // False when it is damaged.
  bool Decode(wire::Input& in);

 private:
  bool GoesOnAt(const RememberedSession& session, Timestamp time) const;
  RememberedSession* Find(Timestamp time);
  RememberedSession* FindOpenedLate(Timestamp time);
  RememberedSession* FindToClose(Timestamp time);
  RememberedSession& Add(Timestamp time);

  Guid device_;
  std::vector<RememberedSession> sessions_;  // the last few
};

}  // namespace rawhaul::segment
