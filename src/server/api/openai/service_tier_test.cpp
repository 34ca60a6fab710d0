#include <gtest/gtest.h>

#include <map>
#include <string>

#include "server/api/openai/openai_api.h"
#include "server/api/responses/responses_api.h"
#include "server/api/testing/api_house.h"

namespace hearth {
namespace {

class ServiceTier : public hearth::testing::ApiHouse {
 protected:
  ServiceTier() {
    add_openai_routes(router_, *context_);
    add_responses_routes(router_, *context_);
  }
};

TEST_F(ServiceTier, FlexLetsOthersGoFirst) {
  const std::map<std::string, std::string> prompts{
      {"/v1/chat/completions", R"("messages":[{"role":"user","content":"Hi"}])"},
      {"/v1/completions", R"("prompt":"Hi")"},
      {"/v1/responses", R"("input":"Hi")"}};
  for (const auto& [path, prompt] : prompts) {
    const std::string begin = R"({"model":"parrot",)" + prompt + R"(,"service_tier":)";
    EXPECT_EQ(post(path, begin + R"("flex"})")->status(), 200);
    EXPECT_EQ(script_.priority, Priority::kBatch) << path;
    EXPECT_EQ(post(path, begin + R"("auto"})")->status(), 200);
    EXPECT_EQ(script_.priority, Priority::kInteractive) << path;
    EXPECT_EQ(post(path, begin + "7}")->status(), 400) << path;
  }
}

}  // namespace
}  // namespace hearth
