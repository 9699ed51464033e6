#include "base/secret.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

namespace rawhaul {
namespace {

template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Streamable<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);

SecretBox MakeBox(char fill) { return SecretBox(Secret(std::string(32, fill))); }

TEST(SecretBox, OpensWhatItSealed) {
  const SecretBox box = MakeBox('k');
  const Secret plain("https://account.blob.core.windows.net/c?sig=x");
  const std::string sealed = box.Seal(plain);
  EXPECT_EQ(box.Open(sealed).Reveal(), plain.Reveal());
  EXPECT_EQ(sealed.find("sig="), std::string::npos);
  EXPECT_NE(sealed, box.Seal(plain)) << "the nonce is random";
}

TEST(SecretBox, OpensNothingElse) {
  const SecretBox box = MakeBox('k');
  std::string sealed = box.Seal(Secret("secret"));
  EXPECT_TRUE(MakeBox('x').Open(sealed).empty());
  sealed.back() ^= 1;
  EXPECT_TRUE(box.Open(sealed).empty());
  EXPECT_TRUE(box.Open("short").empty());
}

TEST(Secret, ComparesAndMakesTokens) {
  EXPECT_TRUE(EqualsConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualsConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualsConstantTime("abc", "ab"));
  EXPECT_EQ(RandomToken(32).size(), 43u);
  EXPECT_NE(RandomToken(32), RandomToken(32));
}

}  // namespace
}  // namespace rawhaul
