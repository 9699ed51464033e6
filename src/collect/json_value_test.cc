#include "collect/json_value.h"

#include <gtest/gtest.h>

#include <string>

#include "base/edges_testing.h"

namespace rawhaul {
namespace {

JsonValue Number(std::string_view text) { return {JsonType::kNumber, text}; }

TEST(JsonValue, IntegersOfTheEdges) {
  for (const Edge& edge : ReadEdges("integers")) {
    const auto integer = ToInteger(Number(edge.text));
    EXPECT_EQ(integer ? std::optional(std::to_string(*integer)) : std::nullopt, edge.value)
        << edge.text << ": " << edge.why;
  }
  EXPECT_EQ(ToInteger(JsonValue{JsonType::kString, "1"}), std::nullopt);
}

}  // namespace
}  // namespace rawhaul
