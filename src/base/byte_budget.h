// One limit of memory for all the work that shares it.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace rawhaul {

// Counts bytes in use against a capacity. It never waits: who is refused goes on with what it has and asks
// again later, so that no two users can wait for each other's memory. Thread-safe.
class ByteBudget {
 public:
  explicit ByteBudget(uint64_t capacity) : capacity_(capacity) {}

  // Gives its bytes back when it goes. Must not outlive the budget.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Lease& operator=(Lease&& other) noexcept;
    ~Lease() { Release(); }
    void Release();
    // A lease of `bytes`, taken out of this one; what this one does not have is added to what is used, above
    // the capacity if need be. REQUIRES a lease that was acquired.
    Lease Split(uint64_t bytes);
    // Takes what it lacks of `bytes`; false when that would pass the capacity. REQUIRES a lease that was
    // acquired.
    bool TryGrowTo(uint64_t bytes);

   private:
    friend class ByteBudget;
    Lease(ByteBudget* budget, uint64_t bytes) : budget_(budget), bytes_(bytes) {}
    ByteBudget* budget_ = nullptr;
    uint64_t bytes_ = 0;
  };

  // nullopt when `bytes` more would pass the capacity.
  std::optional<Lease> TryAcquire(uint64_t bytes);
  // Above the capacity if need be: for the one piece of work that others wait for, and for bytes that exist
  // already.
  Lease Acquire(uint64_t bytes);

  uint64_t used() const { return used_.load(); }
  uint64_t capacity() const { return capacity_; }

 private:
  const uint64_t capacity_;
  std::atomic<uint64_t> used_{0};
};

}  // namespace rawhaul
