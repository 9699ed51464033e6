// Which members an object of JSON may have: a misspelt one is told, not passed over, since the sender meant
// something by it.
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string_view>

#include "base/result.h"

namespace rawhaul {

// A table of the members of one object, and of the objects within it.
struct JsonShape {
  struct Within {
    std::string_view name;
    enum class Form {
      kObject,    // the member is an object of this shape
      kElements,  // an array of them
      kEntries,   // an object of them by any names
    } form;
    const JsonShape* shape;
  };
  std::span<const std::string_view> members;
  std::span<const Within> within = {};  // of those members
};

// kInvalidArgument, reason UnknownMember, names the first member that the shape has not, where it stands
// ("audience."; `where` is put in front) and the known one that is most like it. A member of another type
// than its shape's is left to others.
Status CheckMembers(const boost::json::object& object, const JsonShape& shape, std::string_view where = "");

}  // namespace rawhaul
