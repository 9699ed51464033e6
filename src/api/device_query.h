// $filter and $select of the list of devices. Contract: REST API 2014-12-01, "devices".
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/result.h"
#include "base/time.h"

namespace rawhaul::api {

// Comparisons that are joined by `and` leave an interval of ids and one of times.
struct DeviceFilter {
  Guid first;
  Guid last = Guid::Max();  // included; before `first` when no device can be meant
  TimeWindow modified;
};

// `deviceId` and `lastModified` with gt, ge, lt or le, `and`, parentheses: "deviceId gt 'ab' and lastModified
// le 1447284263690L". Ids are compared as the text of 32 lower-case digits; a literal in upper case or with
// dashes counts as if it were written so. kInvalidArgument says what is wrong at which character.
Result<DeviceFilter> ParseDeviceFilter(std::string_view text);

// The $filter of the page behind the one that ends with `device`.
std::string FilterBehind(const DeviceFilter& filter, const Guid& device);

// All keys of a part of a device, or the named ones.
struct KeySelection {
  bool all = false;
  std::set<std::string, std::less<>> names;

  bool any() const { return all || !names.empty(); }
  bool Has(std::string_view name) const { return all || names.contains(name); }
};

struct DeviceSelect {
  KeySelection meta;
  KeySelection app_info;
};

inline const DeviceSelect kSelectAll{{true, {}}, {true, {}}};

// A comma list of meta, appInfo, meta/{key}, appInfo/{key}. kInvalidArgument names what is not one of them.
Result<DeviceSelect> ParseDeviceSelect(std::string_view text);

}  // namespace rawhaul::api
