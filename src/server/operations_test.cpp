// What whoever runs the server tells it of single models.
#include "server/operations.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/api/testing/api_house.h"
#include "support/fake_served_model.h"

namespace hearth::testing {
namespace {

class Operations : public ApiHouse {
 protected:
  Operations() {
    make_model_ = [this] {
      gate_.wait();
      return std::make_shared<ScriptedModel>(script_);
    };
    add_operations_routes(router_, *context_, {});
  }
  json::value unload() { return body_of(*post("/hearth/models/unload", R"({"model":"parrot"})")); }

  Gate gate_;
};

TEST_F(Operations, AnUnloadDuringALoadDoesNotSayThatItIsGone) {
  EXPECT_EQ(unload(), (json::value{{"model", "parrot"}, {"unloaded", false}, {"reason", "it is not loaded"}}));
  const auto load = begin("POST", "/hearth/models/load", R"({"model":"parrot"})");
  ASSERT_TRUE(eventually([&] { return models_->status().loading == 1; }));
  EXPECT_EQ(unload(),
            (json::value{{"model", "parrot"},
                         {"unloaded", false},
                         {"reason", "it is being loaded, and goes when it is there and nobody waits for it"}}));
  gate_.open();
  load->wait();
  EXPECT_EQ(load->status(), 200) << "whoever waited for it gets it";
  EXPECT_TRUE(eventually([&] { return models_->status().loaded.empty(); })) << "then it goes";
  EXPECT_EQ(post("/hearth/models/load", R"({"model":"parrot"})")->status(), 200);
  EXPECT_EQ(unload(), (json::value{{"model", "parrot"}, {"unloaded", true}}));
}

TEST_F(Operations, APinIsTakenAway) {
  gate_.open();
  EXPECT_EQ(body_of(*post("/hearth/models/pin", R"({"model":"parrot"})")),
            (json::value{{"model", "parrot"}, {"pinned", true}}));
  EXPECT_EQ(post("/hearth/models/load", R"({"model":"parrot"})")->status(), 200);
  EXPECT_TRUE(models_->status().loaded.at(0).is_pinned);
  EXPECT_EQ(body_of(*post("/hearth/models/pin", R"({"model":"parrot","pinned":false})")),
            (json::value{{"model", "parrot"}, {"pinned", false}}));
  EXPECT_FALSE(models_->status().loaded.at(0).is_pinned);
}

}  // namespace
}  // namespace hearth::testing
