#include "base/edges_testing.h"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace rawhaul {

namespace json = boost::json;

std::vector<Edge> ReadEdges(std::string_view list) {
  const auto path = std::filesystem::path(RAWHAUL_EDGES) / (std::string(list) + ".json");
  std::ifstream file(path);
  const json::value rows = json::parse(std::string(std::istreambuf_iterator(file), {}));
  std::vector<Edge> edges;
  for (const json::value& row : rows.as_array()) {
    const json::value& value = row.at("value");
    edges.push_back({.text = std::string(row.at("text").as_string()),
                     .value = value.is_null() ? std::nullopt : std::optional(std::string(value.as_string())),
                     .why = std::string(row.at("why").as_string())});
  }
  return edges;
}

}  // namespace rawhaul
