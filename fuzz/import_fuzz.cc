// Of the blobs of imports. An input is a blob behind a byte that says in how large parts it comes.
#include <string>
#include <vector>

#include "base/encoding.h"
#include "importer/entries.h"
#include "property.h"

namespace {

using namespace rawhaul;
using fuzz::Require;

// What the reader said of each entry, one after the other.
std::vector<std::string> ReadInParts(std::string_view text, size_t size) {
  std::vector<std::string> said;
  uint64_t last = 0;
  EntryReader reader([&](uint64_t number, const Result<TagEntry>& entry) -> Status {
    Require(number > last, "entries come in their order");
    last = number;
    std::string what = std::to_string(number);
    if (!entry) {
      Require(IsUtf8(entry.error().message) || !IsUtf8(text), "what is wrong can be told");
      what += " " + entry.error().message;
    } else {
      what += " " + entry->device_id;
      for (const auto& [key, value] : entry->tags) {
        Require(!key.empty() && (!value || IsUtf8(*value)), "tags are texts");
        what += " " + key + (value ? "=" + *value : "-");
      }
    }
    said.push_back(std::move(what));
    return {};
  });
  for (size_t at = 0; at < text.size(); at += size)
    Require(reader.Feed(text.substr(at, size)).has_value(), "only the visitor ends it");
  Require(reader.Finish().has_value(), "only the visitor ends it");
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = fuzz::AsText(data + 1, size - 1);
  Require(ReadInParts(text, data[0] % 16 + 1) == ReadInParts(text, text.size() + 1),
          "however a blob is cut, the same is read");
  return 0;
}
