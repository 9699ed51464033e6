#include "collect/segment/ids.h"

#include <initializer_list>
#include <string>

#include "model/wire.h"

namespace rawhaul::segment {
namespace {

// Changing it, or how names are made below, would store again what is sent again:
// 0d6f1c52-7a3e-4b8d-9c41-e5f2a6083b97.
constexpr Guid kSpace{
    {0x0d, 0x6f, 0x1c, 0x52, 0x7a, 0x3e, 0x4b, 0x8d, 0x9c, 0x41, 0xe5, 0xf2, 0xa6, 0x08, 0x3b, 0x97}};

Guid IdOf(std::initializer_list<std::string_view> parts) {
  std::string name;
  for (const std::string_view part : parts) wire::PutString(part, name);
  return NameBasedGuid(kSpace, name);
}

std::string Text(Timestamp time) { return std::to_string(ToMillis(time)); }

}  // namespace

Guid MessageBatchId(std::string_view message_id) { return IdOf({"message", message_id}); }

Guid AliasBatchId(std::string_view message_id, const Guid& device) {
  return IdOf({"alias", message_id, device.AsBytes()});
}

Guid UserDeviceId(std::string_view user_id) { return IdOf({"user", user_id}); }

Guid SessionId(const Guid& device, Timestamp begin) {
  return IdOf({"session", device.AsBytes(), Text(begin)});
}

Guid JobKey(const Guid& device, std::string_view name, std::string_view job_id) {
  return IdOf({"job", device.AsBytes(), name, job_id});
}

Guid JobIdAt(const Guid& key, Timestamp time) { return IdOf({"job at", key.AsBytes(), Text(time)}); }

}  // namespace rawhaul::segment
