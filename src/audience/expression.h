// Boolean expressions over named criteria. Grammar, from the REST API 2014-12-01 ("Audience format"):
//
//   expression = and-part { "or" and-part }
//   and-part   = operand { "and" operand }
//   operand    = "(" expression ")" | "not" operand | name
//   name       = [A-Z][A-Za-z0-9_]*
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rawhaul {

inline constexpr size_t kMaxExpressionDepth = 64;

// No deeper than kMaxExpressionDepth, so that recursion over it is safe.
struct Expression {
  enum class Kind { kCriterion, kNot, kAnd, kOr };
  Kind kind = Kind::kCriterion;
  size_t criterion = 0;              // of kCriterion: its place among the names
  std::vector<Expression> operands;  // of the others: one of kNot, at least two of kAnd and kOr

  bool operator==(const Expression&) const = default;
};

bool IsCriterionName(std::string_view text);

// `names` are the criteria that there are. kInvalidArgument says what stands where (characters are counted
// from 1) and what would be right.
Result<Expression> ParseExpression(std::string_view text, std::span<const std::string> names);

}  // namespace rawhaul
