// Helpers for the tests of all layers.
#pragma once

#include <atomic>
#include <filesystem>

#include "base/time.h"

namespace rawhaul {

// A new directory that goes with all that is in it.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Stands still until it is told to move. Thread-safe.
class ManualClock final : public Clock {
 public:
  ManualClock() = default;
  explicit ManualClock(Timestamp now) : millis_(ToMillis(now)) {}

  Timestamp Now() const override { return FromMillis(millis_); }
  void Set(Timestamp now) { millis_ = ToMillis(now); }
  void Advance(std::chrono::milliseconds time) { millis_ += time.count(); }

 private:
  std::atomic<int64_t> millis_{1'461'663'000'000};  // 2016-04-26T09:30:00Z
};

}  // namespace rawhaul
