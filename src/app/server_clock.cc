#include "app/server_clock.h"

#include <fmt/format.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <stop_token>
#include <thread>

#include "base/files.h"
#include "base/guarded.h"
#include "base/logging.h"

namespace rawhaul {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Often enough that small steps stay small ones, also when nothing else asks for the time.
constexpr std::chrono::seconds kBetweenLooks{5};
constexpr int kLooksPerMark = 12;

// "2026-11-28T12:00:00.000Z 5123456 7c1d…": the time, milliseconds since the boot, the boot's id.
std::optional<ClockMark> ReadMark(const fs::path& file) {
  std::ifstream in(file);
  if (!in.is_open()) return std::nullopt;
  std::string time;
  int64_t since_boot = 0;
  std::string boot_id;
  in >> time >> since_boot >> boot_id;
  const auto parsed = ParseTimestamp(time);
  if (in && parsed) return ClockMark{*parsed, milliseconds(since_boot), boot_id};
  log::Warn("{} holds no time: the system's clock is taken for right", file.string());
  return std::nullopt;
}

Status WriteMark(const fs::path& file, const ClockMark& mark) {
  const fs::path next = file.string() + ".new";
  ::unlink(next.c_str());
  RAWHAUL_TRY(WriteNewFile(
      next, fmt::format("{} {} {}\n", FormatTimestamp(mark.time), mark.since_boot.count(), mark.boot_id)));
  if (::rename(next.c_str(), file.c_str()) != 0) return SystemError("cannot put in place", file);
  return SyncDirectory(file.parent_path());
}

class ThreadedKeeper final : public ClockKeeper {
 public:
  ThreadedKeeper(fs::path file, const ServerClock& clock)
      : file_(std::move(file)), clock_(clock), thread_([this](const std::stop_token& stop) { Run(stop); }) {}
  ~ThreadedKeeper() override {
    thread_.request_stop();
    thread_.join();
    Remember();
  }
  ThreadedKeeper(const ThreadedKeeper&) = delete;
  ThreadedKeeper& operator=(const ThreadedKeeper&) = delete;

 private:
  void Run(const std::stop_token& stop) {
    for (int look = 0; !stop.stop_requested(); ++look) {
      RunGuarded("looking at the time", [&] {
        clock_.Now();
        if (look % kLooksPerMark == 0) Remember();
      });
      MutexLock lock(mutex_);
      stopped_.wait_for(lock, stop, kBetweenLooks, [] { return false; });
    }
  }

  // On a disk that fails the old mark has to do.
  void Remember() {
    const Status written = WriteMark(file_, clock_.Mark());
    if (!written && !is_failing_) log::Warn("the time is not remembered: {}", written.error().message);
    is_failing_ = !written;
  }

  const fs::path file_;
  const ServerClock& clock_;
  bool is_failing_ = false;  // of the thread, and of the destructor after it
  Mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace

ServerClock::ServerClock(const DataDirectory& data, bool accept_wall)
    : clock_(*source_, accept_wall ? std::nullopt : ReadMark(data.clock())) {}

std::unique_ptr<ClockKeeper> ClockKeeper::Start(const DataDirectory& data, const ServerClock& clock) {
  return std::make_unique<ThreadedKeeper>(data.clock(), clock);
}

}  // namespace rawhaul
