"""Every check of a base, with the words for people."""

from collections.abc import Sequence

from kb.health.check import HealthCheck
from kb.health.journal import (
    decisions_released,
    levers_within_bounds,
    numbers_whole,
    outcomes_decided,
    records_readable,
)
from kb.health.rates import rates_sound
from kb.health.references import links_known, pointers_lead, releases_whole, rules_rest, runs_known
from kb.health.stored import facts_current, items_shaped, snapshots_intact, tables_declared
from ontology.text import Text

_RESTORE = Text(zh="从备份恢复（zhike restore）。", en="Restore a backup (zhike restore).")
_REPUBLISH = Text(zh="检查这些规则和知识，然后重新发布（zhike publish）；或从备份恢复。",
                  en="Look at these rules and items and publish again (zhike publish), or restore a backup.")
_REIMPORT = Text(zh="重新导入数据（zhike import），事实会重新计算。",
                 en="Import the data again (zhike import): facts are computed anew.")
_REMINE = Text(zh="重新挖掘（zhike mine），联系会全部更新。", en="Mine again (zhike mine): all links are replaced.")
_MOVE = Text(zh="导出并导入到新的位置（zhike export、zhike import-knowledge），表会按本体重新声明。",
             en="Export and import into a new home (zhike export, zhike import-knowledge): tables are declared anew.")
_SHAPE = Text(zh="驳回该知识条目并重新提出，或从备份恢复。",
              en="Reject the item and propose it anew, or restore a backup.")

_MEND = Text(zh="修复（zhike doctor --mend）；改动前的内容会保留，发布后新的调节系数生效。",
             en="Mend it (zhike doctor --mend): what stood there is kept; levers take effect with the next release.")

_RELEARN = Text(zh="改用另一组响应率（zhike rates list、zhike rates use N），或重新学习（zhike rates learn）；"
                   "也可关闭学习（zhike rates policy --mode off）。",
                en="Take another state into use (zhike rates list, zhike rates use N), or learn anew (zhike rates"
                   " learn); or turn learning off (zhike rates policy --mode off).")

CHECKS: Sequence[HealthCheck] = (
    HealthCheck(name="rules", look=rules_rest, remedy=_REPUBLISH,
                says=Text(zh="规则所依据的知识都在", en="items that rules rest on are there")),
    HealthCheck(name="releases", look=releases_whole, remedy=_REPUBLISH,
                says=Text(zh="发布版本中的规则、行动和知识都在", en="rules, actions and items of releases are there")),
    HealthCheck(name="pointers", look=pointers_lead, remedy=_RESTORE,
                says=Text(zh="指针指向存在的版本和表", en="pointers name releases and tables that are there")),
    HealthCheck(name="links", look=links_known, remedy=_REMINE,
                says=Text(zh="客户联系的知识都有内容", en="items that customers are joined to say something")),
    HealthCheck(name="runs", look=runs_known, remedy=_REMINE,
                says=Text(zh="知识所属的挖掘任务都在", en="runs that measured items are there")),
    HealthCheck(name="decisions", look=decisions_released, remedy=_RESTORE,
                says=Text(zh="决策所用的发布版本都在", en="releases of decisions are there")),
    HealthCheck(name="outcomes", look=outcomes_decided, remedy=_RESTORE,
                says=Text(zh="结果所属的决策都在", en="decisions of outcomes are there")),
    HealthCheck(name="journal", look=numbers_whole, remedy=_RESTORE,
                says=Text(zh="日志编号连续", en="numbers of the journal have no gap")),
    HealthCheck(name="records", look=records_readable, remedy=_MEND,
                says=Text(zh="日志中的记录都能读取，并已进入图谱",
                          en="records of the journal can be read, and follow into the graph")),
    HealthCheck(name="levers", look=levers_within_bounds, remedy=_MEND,
                says=Text(zh="调节系数都在允许范围内", en="levers are within the bounds of a lever")),
    HealthCheck(name="rates", look=rates_sound, remedy=_RELEARN,
                says=Text(zh="使用中的响应率存在、未被改动，并在策略范围内",
                          en="the rates in use are there, as they were learned, and within the policy's bounds")),
    HealthCheck(name="schema", look=tables_declared, remedy=_MOVE,
                says=Text(zh="图的表与本体一致", en="tables of the graph are those of the ontology")),
    HealthCheck(name="shapes", look=items_shaped, remedy=_SHAPE,
                says=Text(zh="知识条目符合形状约束", en="knowledge items fit their shapes")),
    HealthCheck(name="snapshots", look=snapshots_intact, remedy=_RESTORE,
                says=Text(zh="快照文件与其摘要一致", en="snapshots have the digests they are called by")),
    HealthCheck(name="facts", look=facts_current, remedy=_REIMPORT,
                says=Text(zh="事实与图、与知识库的时刻一致", en="facts are of the moment of graph and base")),
)
