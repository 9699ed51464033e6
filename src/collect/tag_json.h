// Tags as clients of the REST API and imports write them.
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "base/result.h"
#include "collect/tag_writer.h"

namespace rawhaul {

enum class Nulls { kDelete, kPassOver };

// An object of tags, each a string or null. kInvalidArgument names what is wrong; `where` is where the object
// stands.
Result<TagChanges> ParseTagChanges(std::string_view where, const boost::json::value& value, Nulls nulls);

}  // namespace rawhaul
