// The jobs of a device that have begun, and those that ended lately.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "model/wire.h"

namespace rawhaul::segment {

inline constexpr size_t kMaxJobsBytes = 3584;  // encoded

struct RememberedJob {
  Guid key;  // what start and end have in common (JobKey)
  Guid id;
  std::string name;
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
};

// At most 32 jobs in at most kMaxJobsBytes. What an older program has stored may be more, until the next one
// begins. A job is told as one record, when it ends. The same message may come twice: the second time tells
// the same.
class Jobs {
 public:
  // `id` zero: it gets one.
  void Start(const Guid& key, const Guid& id, std::string_view name, Timestamp time);
  // Ends the one of these jobs that began last before that time. One of whose beginning nothing was heard has
  // no start; should it be heard later, that changes nothing.
  RememberedJob Finish(const Guid& key, const Guid& id, Timestamp time);

  // Jobs that had to be forgotten for want of room although they have not ended, since the last call.
  std::vector<RememberedJob> TakeLost() { return std::exchange(lost_, {}); }

  // Whether Finish would find a beginning, or has been told the same before.
  bool CanFinish(const Guid& key, Timestamp time) const;

  void Encode(std::string& out) const;
  // False when it is damaged.
  bool Decode(wire::Input& in);

 private:
  void Add(RememberedJob job);

  std::vector<RememberedJob> jobs_;  // those added last behind
  std::vector<RememberedJob> lost_;
};

}  // namespace rawhaul::segment
