// The clock of a data directory: the time that its receipts go by does not jump, over restarts either.
#pragma once

#include <memory>

#include "app/data_directory.h"
#include "base/guarded_clock.h"

namespace rawhaul {

// Remembers the time in `data`, now and then and at its end. Without a mark there (a new or restored
// directory, or `accept_wall`) the wall clock is taken for right.
class ServerClock {
 public:
  static std::unique_ptr<ServerClock> Start(const DataDirectory& data, bool accept_wall);
  virtual ~ServerClock() = default;
  virtual const Clock& clock() const = 0;
};

// As an earlier server's, for a short while: nothing is remembered.
std::unique_ptr<Clock> OpenServerClock(const DataDirectory& data);

}  // namespace rawhaul
