// A clock that goes on when the system's jumps.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/time.h"

namespace rawhaul {

// What the clocks of a machine say at one moment.
struct ClockReading {
  Timestamp wall;                        // can be set, by people and by NTP
  std::chrono::milliseconds since_boot;  // cannot; goes on while the machine sleeps
};

class ClockSource {
 public:
  virtual ~ClockSource() = default;
  virtual ClockReading Read() const = 0;
  // Another one after each start of the machine: what since_boot counts from.
  virtual std::string BootId() const = 0;
};
std::unique_ptr<ClockSource> MakeSystemClockSource();

// What a clock said when it was looked at last, for the process that comes next.
struct ClockMark {
  Timestamp time;
  std::chrono::milliseconds since_boot;
  std::string boot_id;
};

// The time that all of a server goes by: receipts, batch ids, limits of guesses. What is stored with a time
// in the far future, or is judged by one, stays wrong for as long; so the wall clock is followed only where
// it agrees with the time that has passed:
// - up to kFollowed it is followed at once; going back so little, the time stands;
// - a greater step, up to kBelievable, is followed when it has lasted for kProbation;
// - still greater ones are not followed: somebody has to say that they are right (a clock without a mark).
// After a start of the machine any time is right that lies behind the mark, by kLongestStop at most. Each
// step is logged, those that are not followed again each hour, as long as somebody asks. Thread-safe.
class GuardedClock final : public Clock {
 public:
  static constexpr std::chrono::seconds kFollowed{10};
  static constexpr std::chrono::hours kBelievable{24};
  static constexpr std::chrono::minutes kProbation{10};
  static constexpr std::chrono::hours kLongestStop{400 * 24};

  // `source` must outlive it. Without `last` the wall clock is taken for right.
  GuardedClock(const ClockSource& source, const std::optional<ClockMark>& last);

  Timestamp Now() const override;
  ClockMark Mark() const;

 private:
  struct Step {
    std::chrono::milliseconds ahead;
    std::chrono::milliseconds since;   // boot
    std::chrono::milliseconds logged;  // since boot
  };
  Timestamp TimeOf(const ClockReading& reading) const RAWHAUL_REQUIRES(mutex_);
  Timestamp FollowWall(const ClockReading& reading) const RAWHAUL_REQUIRES(mutex_);
  void Distrust(const ClockReading& reading, std::chrono::milliseconds ahead) const RAWHAUL_REQUIRES(mutex_);

  const ClockSource& source_;
  mutable Mutex mutex_;
  mutable Timestamp boot_ RAWHAUL_GUARDED_BY(mutex_);  // this and since_boot are the time
  mutable Timestamp last_given_ RAWHAUL_GUARDED_BY(mutex_) = Timestamp::min();
  mutable std::optional<Step> step_ RAWHAUL_GUARDED_BY(mutex_);  // that is not followed
  // The time of the mark, until it is known how long the machine was off.
  mutable std::optional<Timestamp> stopped_at_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul
