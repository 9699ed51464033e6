// Figures as people read them, and text that is safe to show on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace rawhaul::client {

std::string FormatCount(uint64_t count);                          // "1,234,567"
std::string FormatCount(uint64_t count, std::string_view thing);  // "1 row", "2,000 rows"
std::string FormatBytes(uint64_t bytes);                          // "812 B", "1.5 MiB"
std::string FormatDuration(std::chrono::seconds length);          // "0:42", "1:02:03"

// `text` with "?" for every control character: names, descriptions and errors come from elsewhere, and a
// terminal obeys what they hold.
std::string Printable(std::string_view text);

}  // namespace rawhaul::client
