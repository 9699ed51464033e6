// The clock of a data directory: the time that its receipts go by does not jump, over restarts either.
#pragma once

#include <memory>

#include "app/data_directory.h"
#include "base/guarded_clock.h"

namespace rawhaul {

// Goes on from the time that is remembered in a data directory. Without a mark there (a new or restored
// directory, or `accept_wall`) the wall clock is taken for right.
class ServerClock final : public Clock {
 public:
  explicit ServerClock(const DataDirectory& data, bool accept_wall = false);
  Timestamp Now() const override { return clock_.Now(); }
  ClockMark Mark() const { return clock_.Mark(); }

 private:
  const std::unique_ptr<ClockSource> source_ = MakeSystemClockSource();
  const GuardedClock clock_;
};

// Remembers the time in `data`, now and then and at its end. REQUIRES that nobody else has the data open.
// `clock` must outlive it.
class ClockKeeper {
 public:
  static std::unique_ptr<ClockKeeper> Start(const DataDirectory& data, const ServerClock& clock);
  virtual ~ClockKeeper() = default;
};

}  // namespace rawhaul
