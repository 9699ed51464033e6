// What people write in their apps, made to fit: nothing of a message is refused for the form of its names.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "collect/batch_parser.h"
#include "collect/extras_writer.h"
#include "collect/segment/message.h"

namespace rawhaul::segment {

// The first so many characters (code points).
std::string_view Cut(std::string_view text, size_t characters);

// As many whole characters as have at most so many bytes.
std::string_view CutToBytes(std::string_view text, size_t bytes);

// `key` with an underscore for every character that keys of extras cannot have, and "p_" before what does not
// start with a letter; at most 64 characters.
std::string ExtrasKey(std::string_view key);

// Properties become extras under their ExtrasKey, one that is there twice with _2, _3... behind it; objects
// and arrays as their JSON, a string. What does not fit into the limits is left out. However many there are
// and whatever their names, each takes about as long as the first.
class ExtrasMaker {
 public:
  explicit ExtrasMaker(const CollectLimits& limits) : writer_(limits) {}

  // `value` must stay until Finish.
  void Add(std::string_view key, const JsonValue& value);
  std::string Finish();

 private:
  std::string FreeKey(std::string_view key);

  ExtrasWriter writer_;
  std::set<std::string, std::less<>> keys_;    // the writer keeps views of them
  std::unordered_map<std::string, int> last_;  // number behind a key that came several times
};

// Adds a tag: values as text (objects and arrays as JSON, which is left out when it is too long), null
// deletes. Names and values are cut to what tags may have. kInvalidArgument with the reason TooManyTags for
// one more than a batch may name.
Status AddTag(std::string_view name, const Member& value, const CollectLimits& limits, CollectedBatch& batch);

}  // namespace rawhaul::segment
