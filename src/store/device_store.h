// Reading of devices. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "model/device.h"

namespace rawhaul {

// Devices in order of their ids. Used by one thread at a time.
class DeviceCursor {
 public:
  virtual ~DeviceCursor() = default;
  // False at the end and at an error; status() tells which.
  virtual bool Next(Guid& id, DevicePatch& state) = 0;
  virtual Status status() const = 0;

  bool Next(Device& device) {
    Guid id;
    DevicePatch state;
    if (!Next(id, state)) return false;
    device = state.ToDevice(id);
    return true;
  }
};

// All devices of an app as they were when the snapshot was taken. Thread-safe: several cursors may read it at
// once. Must not outlive the store.
class DeviceSnapshot {
 public:
  virtual ~DeviceSnapshot() = default;
  virtual uint64_t ApproximateCount() const = 0;
  virtual Result<std::optional<Device>> Find(const Guid& device) const = 0;
  // The devices from `first` to `last`, both included.
  virtual std::unique_ptr<DeviceCursor> Read(const Guid& first, const Guid& last) const = 0;

  // The devices whose first id byte lies in [first_byte, last_byte], so that parts can be read side by side.
  std::unique_ptr<DeviceCursor> Read(uint8_t first_byte, uint8_t last_byte) const {
    Guid first;
    Guid last = Guid::Max();
    first.bytes[0] = first_byte;
    last.bytes[0] = last_byte;
    return Read(first, last);
  }
};

// Whoever has an app's collect key can say of any number of devices that they are one user's: who asks by
// user gets that many, or none.
inline constexpr size_t kMaxDevicesOfUser = 1000;
inline constexpr std::string_view kTooManyDevices = "TooManyDevices";

class DeviceStore {
 public:
  virtual ~DeviceStore() = default;
  virtual Result<std::optional<Device>> Find(uint32_t app, const Guid& device) const = 0;
  // The devices whose user (Device::user_id) this is now, in order of their ids. kInvalidArgument with the
  // reason kTooManyDevices when they are more than kMaxDevicesOfUser, or have changed so often lately that it
  // would cost as much to tell.
  virtual Result<std::vector<Guid>> FindByUser(uint32_t app, std::string_view user) const = 0;
  virtual std::shared_ptr<const DeviceSnapshot> Snapshot(uint32_t app) const = 0;
};

}  // namespace rawhaul
