// The jobs of a device that have begun, and those that ended lately.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "model/wire.h"

namespace rawhaul::segment {

struct RememberedJob {
  Guid key;  // what start and end have in common (JobKey)
  Guid id;
  std::string name;
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
};

// A job is told as one record, when it ends. The same message may come twice: the second time tells the same.
class Jobs {
 public:
  // `id` zero: it gets one. Gives the job that has to be forgotten for want of room although it has not
  // ended.
  std::optional<RememberedJob> Start(const Guid& key, const Guid& id, std::string_view name, Timestamp time);
  // Ends the one of these jobs that began last before that time. One of whose beginning nothing was heard has
  // no start; should it be heard later, that changes nothing.
  RememberedJob Finish(const Guid& key, const Guid& id, Timestamp time);

  // Whether Finish would find a beginning, or has been told the same before.
  bool CanFinish(const Guid& key, Timestamp time) const;

  void Encode(std::string& out) const;
  // False when it is damaged.
  bool Decode(wire::Input& in);

 private:
  std::optional<RememberedJob> Add(RememberedJob job);

  std::vector<RememberedJob> jobs_;  // those added last behind
};

}  // namespace rawhaul::segment
