// What requests that are not answered yet hold in memory, and who pays for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"

namespace rawhaul::http {

// Of a request and of its connection while it is at hand, beside its body: header, buffer, what a handler
// notes.
inline constexpr uint64_t kRequestBytes = 32 << 10;
// Bodies up to this size are small: they are taken while large ones are refused.
inline constexpr uint64_t kSmallBodyBytes = 16 << 10;

// Counts bytes against the capacity, and against the share of each payer, a quarter of it. The last quarter
// of either is for small requests. A payer's only request may have more than the share. Thread-safe.
class RequestMemory {
 public:
  explicit RequestMemory(uint64_t capacity) : capacity_(capacity) {}

  // One request's; gives back what it holds when it goes. Used by one thread at a time. Must not outlive the
  // memory.
  class Charge {
   public:
    explicit Charge(RequestMemory& memory) : memory_(memory) {}
    ~Charge() { Release(); }
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;

    // Charges `bytes` in all to `payer`, whoever paid before. false, and nothing changes, where there is no
    // room; to hold less is always possible.
    bool Set(std::string_view payer, uint64_t bytes);
    // Above the limits if need be: of what is there already.
    void SetAnyway(std::string_view payer, uint64_t bytes);
    void Release();
    const std::string& payer() const { return payer_; }

   private:
    RequestMemory& memory_;
    std::string payer_;
    uint64_t bytes_ = 0;
  };

 private:
  struct Change {
    std::string_view from, to;
    uint64_t before, after;
  };
  bool HasRoom(const Change& change) const RAWHAUL_REQUIRES(mutex_);
  void Apply(const Change& change) RAWHAUL_REQUIRES(mutex_);
  uint64_t UsedBy(std::string_view payer) const RAWHAUL_REQUIRES(mutex_);

  const uint64_t capacity_;
  mutable Mutex mutex_;
  uint64_t used_ RAWHAUL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, uint64_t> by_payer_ RAWHAUL_GUARDED_BY(mutex_);
};

}  // namespace rawhaul::http
