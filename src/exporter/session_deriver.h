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
#include <utility>
#include <vector>

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

// What a device calls a session.
struct SessionKey {
  Guid device_id;
  Guid session_id;

  bool operator==(const SessionKey&) const = default;
};

// A part of all sessions: those the hash of whose key ends in these bits. A row of the one half is never a
// row of the other, so that each can be read by itself.
struct SessionShare {
  uint64_t value = 0;
  unsigned bits = 0;

  bool Has(const SessionKey& key) const;
};

// Takes the stored activities and sessions of one app, and gives what the activities tell of sessions that
// began within a span of hours. Keeps the sessions that are not over and nothing else, and of those no more
// than fit: when there are too many it drops half of its share, which another one has to derive. One thread.
//
// What a device reports of one sessionId is a chain of records, each less than a gap behind the one before.
// A chain is a session, and a row is due for it when it began within the span and has no session record.
class SessionDeriver {
 public:
  // Both hours are included. `max_bytes`: of memory, for the sessions that are open.
  SessionDeriver(Hour first, Hour last, SessionShare share = {}, uint64_t max_bytes = UINT64_MAX)
      : first_(first), last_(last), max_bytes_(max_bytes), share_(share) {}

  // Where reading has to begin, for what began before the span to be seen.
  Hour ReadFrom() const { return first_ - std::min(first_, kSessionGapHours); }

  // The next session of the share that is over. The order depends on nothing but what was added: a half of
  // the share gives its sessions in the same order, between the same batches. `next`: nothing of an earlier
  // hour will be added.
  std::optional<DerivedSession> TakeEnded(Hour next);
  // Batches come in order of their hours. REQUIRES that TakeEnded has nothing more for the hour of the batch.
  Status Add(const StoredBatch& batch);
  // The shares that were dropped since the last call: what is not given of them yet never will be.
  std::vector<SessionShare> TakeDropped() { return std::exchange(dropped_, {}); }
  const SessionShare& share() const { return share_; }
  // Whether nothing from this hour on changes what is due.
  bool IsDone(Hour next) const { return next > last_ && due_ == 0; }
  // How much of the span lies before this hour, from 0 to 1.
  double ShareBefore(Hour next) const;

  // Sessions that are kept, and the memory that they take.
  size_t open() const { return chains_.size(); }
  uint64_t bytes() const { return bytes_; }

 private:
  struct KeyHash {
    size_t operator()(const SessionKey& key) const;
  };
  struct Chain {
    Hour last_hour = 0;
    std::unique_ptr<DerivedSession> due;  // null when no row is
  };
  using Chains = std::unordered_map<SessionKey, Chain, KeyHash>;
  // A node with its hash and the pointer to the next one, its bucket, its place in by_hour_.
  static constexpr uint64_t kChainBytes = sizeof(Chains::value_type) + 7 * sizeof(void*);

  // Null when no chain has ended.
  Chains::value_type* PopEnded(Hour next);
  // The chain goes on, or begins, in this hour; null for one that begins behind the span.
  Chain* Continue(const SessionKey& key, Hour hour);
  void MakeDue(const SessionKey& key, Chain& chain);
  void MakeNotDue(Chain& chain);
  void AddActivity(const RecordBatchHead& head, const RecordRow& row, const RecordId& id,
                   DerivedSession& session);
  void DropHalf();
  bool IsFull() const { return bytes_ > max_bytes_ && share_.bits < 64; }

  Hour first_;
  Hour last_;
  uint64_t max_bytes_;
  SessionShare share_;
  std::vector<SessionShare> dropped_;
  uint64_t bytes_ = 0;
  Chains chains_;
  // Each chain once, at an hour in which it had a record: the last one, or an earlier one.
  std::map<Hour, std::deque<Chains::value_type*>> by_hour_;
  size_t due_ = 0;  // chains
};

}  // namespace rawhaul
