#include "model/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "model/json_text.h"
#include "model/wire.h"

namespace rawhaul {
namespace {

// 2 where something is forgotten.
constexpr uint8_t kVersion = 1;
constexpr uint8_t kForgettingVersion = 2;
enum CellFlags : uint8_t { kIsSet = 1, kForgets = 2, kIsUnknown = 4 };

std::string EncodeToken(const PushToken& token) {
  std::string out;
  wire::PutString(token.type, out);
  wire::PutString(token.token, out);
  return out;
}

std::optional<PushToken> DecodeToken(std::string_view encoded) {
  wire::Input in(encoded);
  const std::string_view type = in.String();
  const std::string_view token = in.String();
  if (!in.ok() || !in.rest().empty()) return std::nullopt;
  return PushToken{std::string(type), std::string(token)};
}

void Widen(std::optional<Timestamp>& first, std::optional<Timestamp>& last, Timestamp time) {
  first = first ? std::min(*first, time) : time;
  last = last ? std::max(*last, time) : time;
}

void SetLatest(std::optional<Timestamp>& latest, Timestamp time) {
  latest = latest ? std::max(*latest, time) : time;
}

// The GUID of the fields as a JSON object with its members in the order of `specs`: part of the storage
// format.
Guid ContentId(std::span<const FieldSpec> specs, const FieldValues& values) {
  if (values.empty()) return Guid{};
  std::string text;
  for (const FieldSpec& spec : specs) {
    const auto found = values.find(spec.name);
    if (found == values.end()) continue;
    text += text.empty() ? "{\"" : ",\"";
    text += spec.name;
    text += "\":\"";
    AppendJsonEscaped(found->second, text);
    text += '"';
  }
  return NameBasedGuid(text + "}");
}

tl::unexpected<Error> Damaged(std::string_view what) {
  return Fail(ErrorCode::kDataLoss, fmt::format("a stored device is damaged: {}", what));
}

}  // namespace

Guid InfoId(const FieldValues& info) { return ContentId(kInfoFields, info); }
Guid LocationId(const FieldValues& location) { return ContentId(kLocationFields, location); }

std::optional<std::string> Device::user_id() const {
  const auto tag = tags.find(std::string(kUserIdTag));
  if (tag == tags.end() || tag->second.empty()) return std::nullopt;
  return tag->second;
}

std::string DevicePatch::CellKey(CellKind kind, std::string_view name) {
  std::string key(1, kind);
  key += name;
  return key;
}

bool DevicePatch::IsCell(std::string_view key, const std::optional<std::string>& value) {
  constexpr std::string_view kKinds = "xilntpm";
  if (key.empty() || kKinds.find(key.front()) == std::string_view::npos) return false;
  return key.front() != kToken || !value || DecodeToken(*value).has_value();
}

bool DevicePatch::IsContext(std::string_view key) {
  return key.front() == kInfo || key.front() == kLocation ||
         (key.front() == kTag && key.substr(1) == kUserIdTag);
}

void DevicePatch::Seen(Timestamp time) {
  Widen(first_seen_, last_seen_, FromMillis(wire::StorableMillis(time)));
}

void DevicePatch::SetInfo(std::string_view field, std::string value, Timestamp time) {
  Set(CellKey(kInfo, field), std::move(value), time);
}

void DevicePatch::SetLocation(std::string_view field, std::string value, Timestamp time) {
  Set(CellKey(kLocation, field), std::move(value), time);
}

void DevicePatch::SetTag(std::string_view key, std::optional<std::string> value, Timestamp time) {
  Set(CellKey(kTag, key), std::move(value), time);
}

void DevicePatch::SetToken(std::optional<PushToken> token, Timestamp time) {
  Set(CellKey(kToken), token ? std::optional(EncodeToken(*token)) : std::nullopt, time);
}

void DevicePatch::SetNativePushEnabled(bool enabled, Timestamp time) {
  Set(CellKey(kNativePush), enabled ? "1" : "0", time);
}

void DevicePatch::SetExternalId(std::string id, Timestamp time) {
  Set(CellKey(kExternalId), std::move(id), time);
}

void DevicePatch::Set(std::string key, std::optional<std::string> value, Timestamp time) {
  const Timestamp storable = FromMillis(wire::StorableMillis(time));
  const auto [cell, is_new] = cells_.try_emplace(std::move(key), Cell{storable, {}});
  if (storable >= cell->second.time) cell->second = {storable, std::move(value)};
}

const std::string* DevicePatch::FindTag(std::string_view key) const {
  const auto cell = cells_.find(CellKey(kTag, key));
  return cell != cells_.end() && cell->second.value ? &*cell->second.value : nullptr;
}

bool DevicePatch::NamesTags() const {
  const auto first = cells_.lower_bound(CellKey(kTag));
  return first != cells_.end() && first->first.front() == kTag;
}

void DevicePatch::ForgetTag(std::string_view key) {
  cells_.insert_or_assign(CellKey(kTag, key), Cell{{}, std::nullopt, true, false});
}

void DevicePatch::Settle() {
  const auto forgets = [](const auto& cell) { return cell.second.forgets; };
  if (std::none_of(cells_.begin(), cells_.end(), forgets)) return;
  Cells known;
  known.reserve(cells_.size());
  for (auto& cell : cells_) {
    if (!cell.second.is_known) continue;
    cell.second.forgets = false;
    known.emplace_hint(known.end(), std::move(cell));
  }
  cells_ = std::move(known);
}

Timestamp DevicePatch::LastReport() const {
  Timestamp last = last_seen_.value_or(Timestamp::min());
  for (const auto& [key, cell] : cells_) {
    if (cell.is_known) last = std::max(last, cell.time);
  }
  return last;
}

const std::string* DevicePatch::FindOldMemory() const {
  const auto cell = cells_.find(CellKey(kOldMemory));
  return cell != cells_.end() && cell->second.value ? &*cell->second.value : nullptr;
}

void DevicePatch::Apply(const Cell& later, Cell& cell) {
  if (!later.forgets && cell.is_known && later.time < cell.time) return;
  const bool forgets = later.forgets || cell.forgets;
  cell = later;
  cell.forgets = forgets;
}

void DevicePatch::Merge(const DevicePatch& later) {
  if (later.first_seen_) Widen(first_seen_, last_seen_, *later.first_seen_);
  if (later.last_seen_) Widen(first_seen_, last_seen_, *later.last_seen_);
  // Both are in order of their keys, and there may be thousands.
  Cells merged;
  merged.reserve(cells_.size() + later.cells_.size());
  auto known = cells_.begin();
  for (const auto& [key, cell] : later.cells_) {
    for (; known != cells_.end() && known->first < key; ++known)
      merged.emplace_hint(merged.end(), std::move(*known));
    if (known == cells_.end() || known->first != key) {
      merged.emplace_hint(merged.end(), key, cell);
    } else {
      Apply(cell, merged.emplace_hint(merged.end(), std::move(*known))->second);
      ++known;
    }
  }
  for (; known != cells_.end(); ++known) merged.emplace_hint(merged.end(), std::move(*known));
  cells_ = std::move(merged);
}

DevicePatch DevicePatch::Context() const {
  DevicePatch context;
  for (const auto& [key, cell] : cells_) {
    if (IsContext(key)) context.cells_.emplace_hint(context.cells_.end(), key, cell);
  }
  return context;
}

DevicePatch::ContextChange DevicePatch::MergeContext(const DevicePatch& later) {
  ContextChange change;
  for (const auto& [key, cell] : later.cells_) {
    if (!IsContext(key)) continue;
    const auto [known, is_new] = cells_.try_emplace(key, Cell{cell.time, std::nullopt});
    if (cell.time < known->second.time) {
      change.is_old = true;
      continue;
    }
    known->second.time = cell.time;
    if (known->second.value == cell.value) continue;
    known->second.value = cell.value;
    change.info |= key.front() == kInfo;
    change.location |= key.front() == kLocation;
  }
  return change;
}

void DevicePatch::OverlayContext(const DevicePatch& own) {
  for (const auto& [key, cell] : own.cells_) {
    if (IsContext(key)) cells_.insert_or_assign(key, cell);
  }
}

size_t DevicePatch::MemoryBytes() const {
  // A string keeps up to 15 bytes within itself.
  const auto heap = [](const std::string& text) { return text.capacity() > 15 ? text.capacity() + 16 : 0; };
  size_t bytes = sizeof(DevicePatch) + cells_.capacity() * sizeof(Cells::value_type);
  for (const auto& [key, cell] : cells_) bytes += heap(key) + (cell.value ? heap(*cell.value) : 0);
  return bytes;
}

Device DevicePatch::ToDevice(const Guid& id, const TimeWindow& modified) const {
  Device device;
  device.id = id;
  if (first_seen_ && modified.Contains(*first_seen_)) device.first_seen = *first_seen_;
  if (last_seen_ && modified.Contains(*last_seen_)) device.last_seen = *last_seen_;
  for (const auto& [key, cell] : cells_) {
    if (!cell.value) continue;
    const std::string name = key.substr(1);
    switch (key.front()) {
      case kExternalId:
        device.external_id = cell.value;
        break;
      case kNativePush:
        if (modified.Contains(cell.time)) device.native_push_enabled = cell.value == "1";
        break;
      case kToken:
        device.token = DecodeToken(*cell.value);
        break;
      case kOldMemory:
        break;
      case kTag:
        if (modified.Contains(cell.time)) device.tags.emplace(name, *cell.value);
        break;
      case kInfo:
        device.info.emplace(name, *cell.value);
        SetLatest(device.last_info, cell.time);
        break;
      case kLocation:
        device.location.emplace(name, *cell.value);
        SetLatest(device.last_location, cell.time);
        break;
    }
  }
  // Of the last report as a whole: whether one of its fields is older makes no difference.
  if (device.last_info && !modified.Contains(*device.last_info)) device.last_info.reset();
  if (device.last_location && !modified.Contains(*device.last_location)) device.last_location.reset();
  return device;
}

uint8_t DevicePatch::FlagsOf(const Cell& cell) {
  return (cell.value ? kIsSet : 0) | (cell.forgets ? kForgets : 0) | (cell.is_known ? 0 : kIsUnknown);
}

std::string DevicePatch::Encode() const {
  const bool forgets =
      std::any_of(cells_.begin(), cells_.end(), [](const auto& cell) { return cell.second.forgets; });
  std::string out;
  wire::PutByte(forgets ? kForgettingVersion : kVersion, out);
  wire::PutByte(first_seen_ ? 1 : 0, out);
  int64_t previous = 0;
  const auto put_time = [&](Timestamp time) {
    wire::PutSigned(ToMillis(time) - previous, out);
    previous = ToMillis(time);
  };
  if (first_seen_) put_time(*first_seen_);
  if (last_seen_) put_time(*last_seen_);
  wire::PutVarint(cells_.size(), out);
  for (const auto& [key, cell] : cells_) {
    wire::PutString(key, out);
    put_time(cell.time);
    wire::PutByte(FlagsOf(cell), out);
    if (cell.value) wire::PutString(*cell.value, out);
  }
  return out;
}

Result<DevicePatch> DevicePatch::Decode(std::string_view encoded) {
  wire::Input in(encoded);
  const uint8_t version = in.Byte();
  if (in.ok() && version != kVersion && version != kForgettingVersion) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("a stored device has version {}; this program reads versions {} and {}", version,
                            kVersion, kForgettingVersion));
  }
  DevicePatch patch;
  int64_t previous = 0;
  const auto take_time = [&] {
    previous = in.Time(previous);
    return FromMillis(previous);
  };
  if (const uint8_t seen = in.Byte(); seen == 1) {
    patch.first_seen_ = take_time();
    patch.last_seen_ = take_time();
    if (patch.last_seen_ < patch.first_seen_) return Damaged("it was seen last before it was seen first");
  } else if (seen != 0) {
    return Damaged("unknown flags in its head");
  }
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    std::string key(in.String());
    Cell cell{take_time(), std::nullopt};
    const uint8_t flags = in.Byte();
    if ((flags & kIsSet) != 0) cell.value = in.String();
    cell.forgets = (flags & kForgets) != 0;
    cell.is_known = (flags & kIsUnknown) == 0;
    if (!in.ok() || FlagsOf(cell) != flags || !IsCell(key, cell.value))
      return Damaged(fmt::format("cell {} from the end cannot be read", left));
    patch.cells_.insert_or_assign(std::move(key), std::move(cell));
  }
  if (!in.ok() || !in.rest().empty()) return Damaged("its length is wrong");
  return patch;
}

}  // namespace rawhaul
