// The edge lists of tests/edges (its README.md says what they hold), which the black-box tests read, too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rawhaul {

struct Edge {
  std::string text;
  std::optional<std::string> value;  // what `text` means; nullopt: it must be refused
  std::string why;
};

// `list`: "times", "days", "numbers", "integers", "texts", "names" or "zones".
std::vector<Edge> ReadEdges(std::string_view list);

}  // namespace rawhaul
