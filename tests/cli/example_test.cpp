// The example of the C++ API, as a program.
#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Example : public ProgramTest {
 protected:
  Finished generate(std::vector<std::string> arguments) const {
    return run(Start{.arguments = std::move(arguments), .program = HEARTH_EXAMPLE});
  }
};

TEST_F(Example, ContinuesAText) {
  const Finished finished = generate({llama(), "abc"});
  EXPECT_EQ(finished.status, 0);
  EXPECT_EQ(finished.out, "defghijklmnopqrstuvwxyz\n");
  EXPECT_THAT(finished.err, IsEmpty());
}

TEST_F(Example, AnswersByTheTemplate) {
  EXPECT_EQ(generate({llama({.chat_template = kChatTemplate}), "abc"}).out, "abcdefghijklmnopqrstuvwxyz\n");
}

TEST_F(Example, TellsWhatIsWrong) {
  EXPECT_EQ(generate({}).status, 2);
  const Finished missing = generate({"missing.gguf", "abc"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("missing.gguf"));
}

}  // namespace
}  // namespace hearth::testing
