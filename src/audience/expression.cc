#include "audience/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rawhaul {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool IsNameCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// Recursive descent. `depth` counts what is open around a part, which bounds the recursion.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, std::span<const std::string> names) : text_(text), names_(names) {
    Advance();
  }

  Result<Expression> Parse() {
    RAWHAUL_ASSIGN(Expression expression, ParseOr(0));
    if (!word_.empty()) return Unexpected("and, or, or the end");
    return expression;
  }

 private:
  Result<Expression> ParseOr(size_t depth) {
    return ParseChain("or", Expression::Kind::kOr, depth, &ExpressionParser::ParseAnd);
  }
  Result<Expression> ParseAnd(size_t depth) {
    return ParseChain("and", Expression::Kind::kAnd, depth, &ExpressionParser::ParseOperand);
  }

  using Part = Result<Expression> (ExpressionParser::*)(size_t);
  Result<Expression> ParseChain(std::string_view separator, Expression::Kind kind, size_t depth, Part part) {
    RAWHAUL_ASSIGN(Expression first, (this->*part)(depth));
    if (word_ != separator) return first;
    Expression chain{kind, 0, {}};
    chain.operands.push_back(std::move(first));
    while (word_ == separator) {
      Advance();
      RAWHAUL_ASSIGN(Expression next, (this->*part)(depth));
      chain.operands.push_back(std::move(next));
    }
    return chain;
  }

  Result<Expression> ParseOperand(size_t depth) {
    if (depth == kMaxExpressionDepth) {
      return Bad(fmt::format("it is nested deeper than {} levels", kMaxExpressionDepth));
    }
    if (word_ == "not") {
      Advance();
      RAWHAUL_ASSIGN(Expression operand, ParseOperand(depth + 1));
      Expression negation{Expression::Kind::kNot, 0, {}};
      negation.operands.push_back(std::move(operand));
      return negation;
    }
    if (word_ == "(") {
      Advance();
      RAWHAUL_ASSIGN(Expression inner, ParseOr(depth + 1));
      if (word_ != ")") return Unexpected("and, or, or )");
      Advance();
      return inner;
    }
    return ParseName();
  }

  Result<Expression> ParseName() {
    if (!IsCriterionName(word_)) return Unexpected("the name of a criterion, not, or (");
    const auto name = std::find(names_.begin(), names_.end(), word_);
    if (name == names_.end()) {
      return Bad(
          fmt::format("{} at character {} is no criterion; operators are not, and, or", word_, start_ + 1));
    }
    Advance();
    return Expression{Expression::Kind::kCriterion, static_cast<size_t>(name - names_.begin()), {}};
  }

  // To the next word, or, empty, the end.
  void Advance() {
    start_ = std::min(text_.find_first_not_of(kSpace, end_), text_.size());
    end_ = start_;
    while (end_ < text_.size() && IsNameCharacter(text_[end_])) ++end_;
    if (end_ == start_ && end_ < text_.size()) ++end_;  // a parenthesis, or what does not belong here
    word_ = text_.substr(start_, end_ - start_);
  }

  tl::unexpected<Error> Unexpected(std::string_view expected) const {
    // A single byte may be a part of a character, so what does not belong here is told by its place.
    const std::string what = word_.empty() ? "it ends" : fmt::format("character {} does not fit", start_ + 1);
    return Bad(fmt::format("{} where {} should stand", what, expected));
  }
  static tl::unexpected<Error> Bad(const std::string& problem) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("audience.expression: {}.", problem),
                "InvalidAudience");
  }

  const std::string_view text_;
  const std::span<const std::string> names_;
  size_t start_ = 0;
  size_t end_ = 0;
  std::string_view word_;
};

}  // namespace

bool IsCriterionName(std::string_view text) {
  return !text.empty() && text.front() >= 'A' && text.front() <= 'Z' &&
         std::all_of(text.begin(), text.end(), IsNameCharacter);
}

Result<Expression> ParseExpression(std::string_view text, std::span<const std::string> names) {
  return ExpressionParser(text, names).Parse();
}

}  // namespace rawhaul
