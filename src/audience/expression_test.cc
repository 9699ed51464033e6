#include "audience/expression.h"

#include <gtest/gtest.h>

#include <string>

namespace rawhaul {
namespace {

const std::vector<std::string> kNames{"A", "B", "C", "Old_2"};

// In prefix form: (or A (not B)).
std::string Show(const Expression& expression) {
  if (expression.kind == Expression::Kind::kCriterion) return kNames.at(expression.criterion);
  std::string out = expression.kind == Expression::Kind::kNot   ? "(not"
                    : expression.kind == Expression::Kind::kAnd ? "(and"
                                                                : "(or";
  for (const Expression& operand : expression.operands) out += " " + Show(operand);
  return out + ")";
}

std::string Parsed(std::string_view text) {
  const auto expression = ParseExpression(text, kNames);
  return expression ? Show(*expression) : expression.error().message;
}

TEST(Expression, NotBindsTighterThanAndThatTighterThanOr) {
  EXPECT_EQ(Parsed("A or B and C"), "(or A (and B C))");
  EXPECT_EQ(Parsed("A and B or C"), "(or (and A B) C)");
  EXPECT_EQ(Parsed("not A and B"), "(and (not A) B)");
  EXPECT_EQ(Parsed("not not A or B"), "(or (not (not A)) B)");
  EXPECT_EQ(Parsed("A or B or C or Old_2"), "(or A B C Old_2)");
}

TEST(Expression, ParenthesesSayOtherwise) {
  EXPECT_EQ(Parsed("(A or B) and C"), "(and (or A B) C)");
  EXPECT_EQ(Parsed("not(A and B)"), "(not (and A B))");
  EXPECT_EQ(Parsed("\t( (A) )\n"), "A");
}

TEST(Expression, ErrorsSayWhereAndWhatWouldBeRight) {
  EXPECT_EQ(Parsed("A and"),
            "audience.expression: it ends where the name of a criterion, not, or ( should stand.");
  EXPECT_EQ(Parsed("A B"),
            "audience.expression: character 3 does not fit where and, or, or the end should stand.");
  EXPECT_EQ(Parsed("(A or B"), "audience.expression: it ends where and, or, or ) should stand.");
  EXPECT_EQ(Parsed("A & B"),
            "audience.expression: character 3 does not fit where and, or, or the end should stand.");
  EXPECT_EQ(
      Parsed("A and b"),
      "audience.expression: character 7 does not fit where the name of a criterion, not, or ( should stand.");
  EXPECT_EQ(Parsed("A and Missing"),
            "audience.expression: Missing at character 7 is no criterion; operators are not, and, or.");
  EXPECT_EQ(Parsed("A AND B"),
            "audience.expression: character 3 does not fit where and, or, or the end should stand.");
  EXPECT_EQ(ParseExpression(")", kNames).error().reason, "InvalidAudience");
  EXPECT_EQ(ParseExpression("", kNames).error().code, ErrorCode::kInvalidArgument);
}

std::string Nested(std::string_view open, size_t depth, std::string_view close) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += open;
  text += "A";
  for (size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(Expression, NestingIsBounded) {
  EXPECT_TRUE(ParseExpression(Nested("(", kMaxExpressionDepth - 1, ")"), kNames));
  for (const std::string& text : {Nested("(", kMaxExpressionDepth, ")"),
                                  Nested("not ", kMaxExpressionDepth, ""), Nested("(", 60000, "")}) {
    const auto expression = ParseExpression(text, kNames);
    ASSERT_FALSE(expression);
    EXPECT_EQ(expression.error().message, "audience.expression: it is nested deeper than 64 levels.");
  }
}

TEST(Expression, NamesBeginWithACapital) {
  for (const char* name : {"A", "Abc_1", "Z9"}) EXPECT_TRUE(IsCriterionName(name)) << name;
  for (const char* name : {"", "a", "1A", "_A", "A-b", "Ä"}) EXPECT_FALSE(IsCriterionName(name)) << name;
}

}  // namespace
}  // namespace rawhaul
