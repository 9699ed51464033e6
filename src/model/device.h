// What is known of a device: technicals, location, tags, push token.
#pragma once

#include <array>
#include <boost/container/flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"

namespace rawhaul {

// The fields of DeviceInfo and DeviceLocation (REST API 2014-12-01), in the order in which they are written.
enum class FieldType { kText, kInteger };
struct FieldSpec {
  std::string_view name;
  FieldType type;
};
inline constexpr std::array<FieldSpec, 14> kInfoFields{{
    {"phoneModel", FieldType::kText},
    {"phoneManufacturer", FieldType::kText},
    {"firmwareVersion", FieldType::kText},
    {"firmwareName", FieldType::kText},
    {"androidAPILevel", FieldType::kInteger},
    {"carrierCountry", FieldType::kText},
    {"locale", FieldType::kText},
    {"carrierName", FieldType::kText},
    {"networkType", FieldType::kText},
    {"networkSubtype", FieldType::kText},
    {"applicationVersionName", FieldType::kText},
    {"applicationVersionCode", FieldType::kInteger},
    {"timeZoneOffset", FieldType::kInteger},
    {"serviceVersion", FieldType::kText},
}};
inline constexpr std::array<FieldSpec, 3> kLocationFields{{
    {"countrycode", FieldType::kText},
    {"region", FieldType::kText},
    {"locality", FieldType::kText},
}};

// Field name to value; integers as decimal text. Only names of the specs above.
// Sorted in one piece of memory: every batch brings some, and they are small.
using FieldValues = boost::container::flat_map<std::string, std::string, std::less<>>;

// GUIDs of content: equal technicals have equal ids. Zero for no fields.
Guid InfoId(const FieldValues& info);
Guid LocationId(const FieldValues& location);

struct PushToken {
  std::string type;  // as reported: "fcm", "apns", ...
  std::string token;

  bool operator==(const PushToken&) const = default;
};

struct Device {
  Guid id;
  Timestamp first_seen;
  Timestamp last_seen;
  std::optional<Timestamp> last_info;
  std::optional<Timestamp> last_location;
  std::optional<bool> native_push_enabled;
  std::optional<std::string> external_id;  // the client's own id where it was no GUID
  std::optional<PushToken> token;
  FieldValues info;
  FieldValues location;
  std::map<std::string, std::string> tags;

  Guid info_id() const { return InfoId(info); }
  Guid location_id() const { return LocationId(location); }
  std::optional<std::string> user_id() const;  // the tag kUserIdTag
};

inline constexpr std::string_view kUserIdTag = "userid";

// A change of a device, and also its stored state: the sum of its changes. Every field carries the time at
// which it was reported and the later report wins, in whatever order reports arrive; of two at the same time,
// the one applied last. Changes may be summed up in any grouping.
class DevicePatch {
 public:
  void Seen(Timestamp time);  // widens first and last seen
  void SetInfo(std::string_view field, std::string value, Timestamp time);
  void SetLocation(std::string_view field, std::string value, Timestamp time);
  // nullopt deletes.
  void SetTag(std::string_view key, std::optional<std::string> value, Timestamp time);
  void SetToken(std::optional<PushToken> token, Timestamp time);
  void SetNativePushEnabled(bool enabled, Timestamp time);
  void SetExternalId(std::string id, Timestamp time);

  // The value that this sets the tag to; nullptr when it does not, or deletes it.
  const std::string* FindTag(std::string_view key) const;

  bool NamesTags() const;  // sets or deletes any
  // Calls visit(key, value, time) for each tag that this sets, or deletes (nullopt); sorted by key.
  template <typename Visit>
  void VisitTags(const Visit& visit) const {
    for (auto cell = cells_.lower_bound(std::string_view(std::string(1, kTag)));
         cell != cells_.end() && cell->first.front() == kTag; ++cell) {
      if (cell->second.is_known)
        visit(std::string_view(cell->first).substr(1), cell->second.value, cell->second.time);
    }
  }
  // Nothing more is known of the tag, not even that it was deleted: an older report may set it again.
  void ForgetTag(std::string_view key);
  // Makes it the state of a device, below which there is nothing that could be forgotten.
  void Settle();
  // The latest time of all in it; Timestamp::min() when there is none.
  Timestamp LastReport() const;

  // What an older program kept here of the device to make sense of later batches (DeviceMemoryStore has it
  // now); nullptr for none.
  const std::string* FindOldMemory() const;

  // Applies `later` on top of this.
  void Merge(const DevicePatch& later);

  // The context of records: technicals, location and user.
  struct ContextChange {
    bool info = false;
    bool location = false;
    bool is_old = false;  // something that is known is of a later time, and stayed
  };
  // The context alone; the rest is empty.
  DevicePatch Context() const;
  // Merge, of the context alone.
  ContextChange MergeContext(const DevicePatch& later);
  // Puts the context of `own` over this, however old it is.
  void OverlayContext(const DevicePatch& own);

  // Call visit(name, value) for each technical, or field of the location, that is set; sorted by name.
  template <typename Visit>
  void VisitInfo(const Visit& visit) const {
    VisitSet(kInfo, visit);
  }
  template <typename Visit>
  void VisitLocation(const Visit& visit) const {
    VisitSet(kLocation, visit);
  }

  // About what it takes in memory.
  size_t MemoryBytes() const;

  // Of tags, native push and the times of the device, only what was reported within `modified`; that the
  // device was seen is reported at that time itself.
  Device ToDevice(const Guid& id, const TimeWindow& modified = {}) const;

  // docs/storage-format.md, "Devices".
  std::string Encode() const;
  static Result<DevicePatch> Decode(std::string_view encoded);

 private:
  // The first character of a cell's key tells what it holds; the rest is the name of the field or tag.
  enum CellKind : char {
    kExternalId = 'x',
    kInfo = 'i',
    kLocation = 'l',
    kNativePush = 'n',
    kTag = 't',
    kToken = 'p',
    kOldMemory = 'm',
  };
  struct Cell {
    Timestamp time;
    std::optional<std::string> value;  // nullopt: deleted
    bool forgets = false;              // what earlier changes say of the same does not count
    bool is_known = true;              // false: it only forgets
  };
  using Cells = boost::container::flat_map<std::string, Cell, std::less<>>;

  static std::string CellKey(CellKind kind, std::string_view name = {});
  static bool IsCell(std::string_view key, const std::optional<std::string>& value);
  static bool IsContext(std::string_view key);
  void Set(std::string key, std::optional<std::string> value, Timestamp time);
  static void Apply(const Cell& later, Cell& cell);
  static uint8_t FlagsOf(const Cell& cell);

  template <typename Visit>
  void VisitSet(CellKind kind, const Visit& visit) const {
    for (auto cell = cells_.lower_bound(std::string_view(std::string(1, kind)));
         cell != cells_.end() && cell->first.front() == kind; ++cell) {
      if (cell->second.value) visit(std::string_view(cell->first).substr(1), *cell->second.value);
    }
  }

  std::optional<Timestamp> first_seen_;
  std::optional<Timestamp> last_seen_;
  Cells cells_;
};

}  // namespace rawhaul
