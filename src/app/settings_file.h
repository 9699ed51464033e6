// TOML files whose every key is known.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rawhaul {

// One key. `set` takes the value over; false when it has the wrong type or is out of range.
struct Setting {
  std::string form;  // what would be right
  std::function<bool(const toml::node&)> set;
};
using Settings = std::map<std::string, Setting, std::less<>>;  // by "section.key"

// `T` is made of text: a string, a path, a Secret.
template <typename T>
Setting TextSetting(T& target, std::string_view form) {
  return {std::string(form), [&target](const toml::node& node) {
            const auto value = node.value_exact<std::string>();
            if (value) target = T(*value);
            return value.has_value();
          }};
}

// kInvalidArgument names the file, the line and the key: one that is unknown or has the wrong type is an
// error. No value is quoted.
Status ReadSettings(const std::filesystem::path& file, const Settings& settings);

}  // namespace rawhaul
