/**
 * The titles under which TypeScript's server adds an import, or a name to one that is there: in the languages that it
 * speaks, for it takes the editor's. Pure data; a unit test holds them against TypeScript's own.
 */

const MODULE = '(.+)';
const ANY_QUOTE = '["“„](.+)["”]';

/** The group is the module. */
export const TYPESCRIPT_IMPORTS: RegExp[] = [
  `(?:Add|Update) import from ${ANY_QUOTE}`,
  // before TypeScript 4.6, and where a module is written otherwise
  `Import '[^']+' from (?:module )?"${MODULE}"`,
  `Add '[^']+' to existing import declaration from "${MODULE}"`,
  `Přidat import z ([^ ]+)`,
  `Aktualizovat import z: ([^ ]+)`,
  `Import aus ${ANY_QUOTE} hinzufügen`,
  `Import von ${ANY_QUOTE} aktualisieren`,
  `(?:Agregar|Actualizar) importación desde ${ANY_QUOTE}`,
  `Ajouter l['’]importation de ${ANY_QUOTE}`,
  `Mettre à jour l['’]importation à partir de ${ANY_QUOTE}`,
  `(?:Aggiungere|Aggiornare) l['’]importazione da ${ANY_QUOTE}`,
  `${ANY_QUOTE} からのインポートの(?:追加|更新)`,
  `${ANY_QUOTE}에서 가져오기 (?:추가|업데이트)`,
  `(?:Dodaj|Aktualizuj) import z ${ANY_QUOTE}`,
  `(?:Adicionar|Atualizar) importação de ${ANY_QUOTE}`,
  `(?:Добавить импортировать|Обновить импорт) из ${ANY_QUOTE}`,
  `${ANY_QUOTE} kaynağından içeri (?:aktarma ekle|aktarmayı güncelleştir)`,
  `[从從] ?${ANY_QUOTE} ?(?:添加导入|更新导入|新增匯入|更新匯入)`,
].map((title) => new RegExp(`^${title}$`));
