#include "collect/segment/waiting_room.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/guarded.h"

namespace rawhaul::segment {
namespace {

constexpr std::chrono::milliseconds kLookEvery{20};
constexpr size_t kMaxGuests = 1000;

}  // namespace

WaitingRoom::WaitingRoom(std::chrono::milliseconds patience)
    : patience_(patience), thread_([this] { Run(); }) {}

WaitingRoom::~WaitingRoom() { Stop(); }

void WaitingRoom::Wait(std::function<bool()> is_ready, std::function<void()> go) {
  {
    const MutexLock lock(mutex_);
    if (!stopping_ && guests_.size() < kMaxGuests) {
      guests_.push_back({std::move(is_ready), std::move(go), std::chrono::steady_clock::now() + patience_});
      changed_.notify_one();
      return;
    }
  }
  go();
}

void WaitingRoom::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  std::call_once(joined_, [this] { thread_.join(); });
}

void WaitingRoom::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      while (!stopping_ && guests_.empty()) changed_.wait(lock);
      if (guests_.empty()) return;
      if (!stopping_) changed_.wait_for(lock, kLookEvery);
    }
    RunGuarded("looking at requests that wait", [this] {
      for (const Guest& guest : TakeReady()) RunGuarded("a request that waited", guest.go);
    });
  }
}

std::vector<WaitingRoom::Guest> WaitingRoom::TakeReady() {
  const MutexLock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto stays = [&](const Guest& guest) RAWHAUL_REQUIRES(mutex_) {
    return !stopping_ && now < guest.until && !guest.is_ready();
  };
  const auto ready = std::stable_partition(guests_.begin(), guests_.end(), stays);
  std::vector<Guest> taken(std::make_move_iterator(ready), std::make_move_iterator(guests_.end()));
  guests_.erase(ready, guests_.end());
  return taken;
}

}  // namespace rawhaul::segment
