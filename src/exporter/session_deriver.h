// Sessions of devices that report activities but no sessions. docs/exported-files.md, "Sessions out of
// activities", says what they are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"
#include "model/record.h"
#include "model/record_batch.h"
#include "store/record_store.h"

namespace rawhaul {

// So many whole hours in which a device reports nothing of a sessionId end its session.
inline constexpr Hour kSessionGapHours = 24;

struct DerivedSession {
  Guid device_id;
  Guid session_id;
  Timestamp start = Timestamp::max();
  Timestamp end = Timestamp::min();
  // The activity that was stored first: it stays the same when more are stored later.
  RecordId activity{UINT64_MAX, UINT32_MAX};
  Timestamp received_at;
  Guid info_id;
  Guid location_id;
  std::string user_id;  // escaped
  bool user_id_is_plain = true;
};

// Takes the stored activities and sessions of one app, and gives what the activities tell of sessions that
// began within a span of hours. Keeps the sessions that are not over and nothing else. One thread.
//
// What a device reports of one sessionId is a chain of records, each less than a gap behind the one before.
// A chain is a session, and a row is due for it when it began within the span and has no session record.
class SessionDeriver {
 public:
  // Both hours are included.
  SessionDeriver(Hour first, Hour last) : first_(first), last_(last) {}

  // Where reading has to begin, for what began before the span to be seen.
  Hour ReadFrom() const { return first_ - std::min(first_, kSessionGapHours); }

  // The next session that is over, in an order that depends on nothing but what was added. `next`: nothing
  // of an earlier hour will be added.
  std::optional<DerivedSession> TakeEnded(Hour next);
  // Batches come in order of their hours. REQUIRES that TakeEnded has nothing more for the hour of the batch.
  Status Add(const StoredBatch& batch);
  // Whether nothing from this hour on changes what is due.
  bool IsDone(Hour next) const { return next > last_ && due_ == 0; }
  // How much of the span lies before this hour, from 0 to 1.
  double ShareBefore(Hour next) const;

  // Sessions that are kept.
  size_t open() const { return chains_.size(); }

 private:
  struct Key {
    Guid device_id;
    Guid session_id;

    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Chain {
    Hour last_hour = 0;
    std::unique_ptr<DerivedSession> due;  // null when no row is
  };
  using Chains = std::unordered_map<Key, Chain, KeyHash>;

  // Null when no chain has ended.
  Chains::value_type* PopEnded(Hour next);
  // The chain goes on, or begins, in this hour; null for one that begins behind the span.
  Chain* Continue(const Key& key, Hour hour);
  void MakeDue(const Key& key, Chain& chain);
  void MakeNotDue(Chain& chain);

  const Hour first_;
  const Hour last_;
  Chains chains_;
  // Each chain once, at an hour in which it had a record: the last one, or an earlier one.
  std::map<Hour, std::deque<Chains::value_type*>> by_hour_;
  size_t due_ = 0;  // chains
};

}  // namespace rawhaul
